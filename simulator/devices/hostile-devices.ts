import { connect, type Socket } from 'node:net';
import { newApiKey } from '@swipegate/contract';
import type { HttpAnswer } from '../readers/channel/http-answer.js';
import { HttpConnection } from '../readers/channel/http-connection.js';
import type { Agenda } from '../schedule/agenda.js';
import type { DeviceKeys, FleetDevice } from './fleet.js';
import { type DeviceRequest, jsonOf, memberOf, textOf } from './protocol.js';

interface HostileDevicesOptions {
  /** The device port. */
  target: URL;
  /** The gateway, whose health is asked for after each attack. */
  gateway: URL;
  devices: readonly FleetDevice[];
  keys: DeviceKeys;
  agenda: Agenda;
  /** Mean time between two attacks, ms. */
  everyMs: number;
  /** [0, 1) */
  random(): number;
  /** @param why the gateway's fault if it did not repel the attack */
  onAnswer(kind: string, repelled: boolean, why: string): void;
}

interface Attack {
  request: DeviceRequest;
  /** Describes an answer that the gateway must not give; undefined if it is right. */
  wrongOf(answer: HttpAnswer | undefined): string | undefined;
}

const TIMEOUT_MS = 20_000;
const TABLE_BYTES = 10 * 1_024 * 1_024;
const SLOW_BYTE_MS = 500;
const HEALTHY_WITHIN_MS = 5_000;
const HEALTH_PAUSE_MS = 200;
/** Shows up among the devices that want to pair. */
const NOBODY = 'SIM-UNKNOWN';

/** Devices that nobody registered, and such as send what no device should. None may open a door or hurt the others. */
export class HostileDevices {
  readonly #options: HostileDevicesOptions;
  readonly #connection: HttpConnection;
  readonly #health: HttpConnection;
  readonly #slow = new Set<Socket>();
  readonly #kinds: readonly (readonly [string, () => Attack | undefined])[];
  #next = 0;
  #pending = 0;
  #stopped = false;

  constructor(options: HostileDevicesOptions) {
    this.#options = options;
    this.#connection = new HttpConnection(options.target, TIMEOUT_MS);
    this.#health = new HttpConnection(options.gateway, TIMEOUT_MS);
    this.#kinds = Object.entries(this.#attacks);
  }

  /** Whether no attack waits for its answer. */
  get isQuiet(): boolean {
    return this.#pending === 0;
  }

  begin(): void {
    this.#creep();
    this.#awaitNext();
  }

  stop(): void {
    this.#stopped = true;
    for (const socket of this.#slow) socket.destroy();
  }

  checkTimeout(nowMs: number): void {
    this.#connection.checkTimeout(nowMs);
    this.#health.checkTimeout(nowMs);
  }

  close(): void {
    this.stop();
    this.#connection.close();
    this.#health.close();
  }

  #awaitNext(): void {
    const { agenda, everyMs, random } = this.#options;
    agenda.at(performance.now() - Math.log(1 - random()) * everyMs, () => {
      if (this.#stopped) return;
      const [kind = '', attack] = this.#kinds[this.#next++ % this.#kinds.length] ?? [];
      const made = attack?.();
      if (made !== undefined) this.#strike(kind, made);
      this.#awaitNext();
    });
  }

  #strike(kind: string, { request, wrongOf }: Attack): void {
    const { target, onAnswer } = this.#options;
    this.#pending += 1;
    this.#connection.request(textOf(target.host, request), (answer) => {
      // A connection that the gateway cuts keeps the attack out, too. Its health tells the rest.
      const wrong = answer === undefined ? undefined : wrongOf(answer);
      this.#whenHealthy(performance.now() + HEALTHY_WITHIN_MS, (isHealthy) => {
        this.#pending -= 1;
        if (this.#stopped) return;
        const why = wrong ?? (isHealthy ? undefined : 'the gateway was not healthy after it');
        onAnswer(kind, why === undefined, why ?? '');
      });
    });
  }

  /** Asks for the gateway's health until it is well, or until the deadline: a test may restart it meanwhile. */
  #whenHealthy(deadlineMs: number, done: (isHealthy: boolean) => void): void {
    const { gateway, agenda } = this.#options;
    this.#health.request(textOf(gateway.host, { method: 'GET', path: '/healthz' }), (health) => {
      const nowMs = performance.now();
      if (health?.status === 200) done(true);
      else if (nowMs > deadlineMs || this.#stopped) done(false);
      else agenda.at(nowMs + HEALTH_PAUSE_MS, () => this.#whenHealthy(deadlineMs, done));
    });
  }

  /** Sends a body of 2 MB at two bytes per second for the whole run. */
  #creep(): void {
    const { target, agenda, onAnswer } = this.#options;
    const serial = this.#any('zkteco-panel')?.registered?.serial ?? NOBODY;
    const socket = connect({ host: target.hostname.replace(/^\[|\]$/g, ''), port: Number(target.port || 80) });
    this.#slow.add(socket);
    socket.on('data', (bytes: Buffer) => {
      const isTaken = bytes.toString('latin1', 0, 10).startsWith('HTTP/1.1 2');
      onAnswer('device: slow body', !isTaken, isTaken ? 'half a body got an OK' : '');
    });
    for (const event of ['error', 'close']) socket.on(event, () => void this.#slow.delete(socket));
    const head = `POST /iclock/cdata?SN=${serial}&table=rtlog HTTP/1.1\r\nhost: ${target.host}\r\n`;
    socket.write(`${head}content-type: text/plain\r\ncontent-length: 2000000\r\n\r\n`);
    const creep = (dueMs: number): void => {
      if (!this.#slow.has(socket) || this.#stopped) return;
      socket.write('x');
      agenda.at(dueMs + SLOW_BYTE_MS, creep);
    };
    agenda.at(performance.now(), creep);
  }

  #any(kind: FleetDevice['kind']): FleetDevice | undefined {
    const found = this.#options.devices.filter((device) => device.kind === kind);
    return found[Math.floor(this.#options.random() * found.length)];
  }

  readonly #attacks: Readonly<Record<string, () => Attack | undefined>> = {
    'device: unknown serial': () => ({
      request: zkQuestion(NOBODY),
      wrongOf: mustBe(401),
    }),
    'device: registers without a row': () => ({
      request: { method: 'POST', path: `/iclock/registry?SN=${NOBODY}`, body: 'DeviceType=acc,~DeviceName=F20/M' },
      wrongOf: mustBe(406),
    }),
    'device: unknown key': () => ({
      request: { method: 'POST', path: `/d/${newApiKey()}/new_card.fcgi`, body: 'card_value=77705923&portal_id=1' },
      wrongOf: mustBe(401),
    }),
    'device: key of another make': () => {
      const device = this.#any('dahua');
      return device && { request: zkQuestion(this.#options.keys[device.deviceId] ?? NOBODY), wrongOf: mustBe(401) };
    },
    'device: door that it does not have': () => {
      const serial = this.#any('zkteco-online')?.registered?.serial;
      return serial === undefined ? undefined : { request: zkQuestion(serial, 99), wrongOf: mustNotOpen };
    },
    'device: table of 10 MB': () => {
      const serial = this.#any('zkteco-clock')?.registered?.serial;
      const line = 'OPLOG 4\t0\t2026-02-21 08:00:00\t0\t0\t0\t0\n';
      const body = line.repeat(Math.ceil(TABLE_BYTES / line.length));
      return serial === undefined
        ? undefined
        : {
            request: { method: 'POST', path: `/iclock/cdata?SN=${serial}&table=OPERLOG`, body },
            wrongOf: mustBe(200, 413),
          };
    },
    'device: records of 10 MB': () => {
      const serial = this.#any('zkteco-panel')?.registered?.serial;
      return serial === undefined
        ? undefined
        : {
            request: { method: 'POST', path: `/iclock/cdata?SN=${serial}&table=rtlog`, body: 'x'.repeat(TABLE_BYTES) },
            wrongOf: mustBe(413),
          };
    },
    'device: bytes that are no record': () => {
      const serial = this.#any('zkteco-panel')?.registered?.serial;
      const body = 'time=2026-13-45 99:00:00\tpin=1\tcardno=1\0\teventaddr=1\tevent=0\r\n\0\0\t\t=\t=\r\n';
      return serial === undefined
        ? undefined
        : {
            request: { method: 'POST', path: `/iclock/cdata?SN=${serial}&table=rtlog`, body },
            wrongOf: mustBe(200),
          };
    },
    'device: multipart without end': () => this.#dahua(`--x\r\nContent-Type: text/plain\r\n\r\n{"Events":[{"Code"`),
    'device: multipart of boundaries': () => this.#dahua('--x\r\n'.repeat(50_000)),
    'device: false encoding': () => this.#dahua('{"Events":[', 'gzip'),
    'device: password at the door': () => {
      const device = this.#any('control-id');
      const path = `/d/${this.#options.keys[device?.deviceId ?? ''] ?? ''}/new_user_id_and_password.fcgi`;
      const body = 'user_id=1&password=1234&portal_id=1&device_id=1';
      return device && { request: { method: 'POST', path, body }, wrongOf: mustNotOpen };
    },
  };

  #dahua(body: string, encoding?: string): Attack | undefined {
    const device = this.#any('dahua');
    if (device === undefined) return undefined;
    const path = `/d/${this.#options.keys[device.deviceId] ?? ''}/notification`;
    const type = 'multipart/form-data; boundary=x';
    return {
      request: { method: 'POST', path, type, body, ...(encoding === undefined ? {} : { encoding }) },
      wrongOf: mustNotOpen,
    };
  }
}

function zkQuestion(serial: string, door = 1): DeviceRequest {
  const line = `time=2026-01-10 11:49:32\tpin=0\tcardno=77705923\teventaddr=${door}\tevent=0\tinoutstatus=0`;
  return { method: 'POST', path: `/iclock/cdata?SN=${serial}&AuthType=device`, body: line };
}

function mustBe(...statuses: number[]) {
  // Load shedding keeps the attack out, too.
  const right = [...statuses, 429, 503];
  return (answer: HttpAnswer | undefined): string | undefined =>
    answer === undefined || right.includes(answer.status)
      ? undefined
      : `answered with ${answer.status} ${answer.body.toString('utf8', 0, 100)}, must be ${statuses.join(' or ')}`;
}

/** No form of a grant of any make. */
function mustNotOpen(answer: HttpAnswer | undefined): string | undefined {
  if (answer === undefined) return undefined;
  const said = jsonOf(answer);
  const text = answer.body.toString('utf8', 0, 200);
  const result = memberOf(said, 'result');
  const opens = text.startsWith('AUTH=SUCCESS') || memberOf(said, 'auth') === 'true' || memberOf(result, 'event') === 7;
  return opens ? `the door opened: ${text}` : undefined;
}
