import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { IClientOptions } from 'mqtt';
import type { Logger } from 'pino';
import { type Config, hostAndPort, keyOf } from './config.js';
import { MqttReaders } from './mqtt/readers.js';
import { Boards } from './uhppote/boards.js';
import { Commands } from './uplink/commands.js';
import { GatewayClient } from './uplink/gateway-client.js';
import { Spool } from './uplink/spool.js';
import { Uplink } from './uplink/uplink.js';

/** Time to send what waits when the bridge ends, ms. */
const FLUSH_MS = 5_000;

/** What devices report to. */
interface Source {
  stop: () => Promise<void>;
}

/** All devices of one configuration. */
export class Bridge {
  readonly #uplinks: readonly Uplink[];
  readonly #sources: readonly Source[];

  private constructor(uplinks: readonly Uplink[], sources: readonly Source[]) {
    this.#uplinks = uplinks;
    this.#sources = sources;
  }

  /**
   * Starts to listen to the devices and to send what waits on disk. The gateway, the broker and the boards may be away.
   * @param resendParked puts what could never be taken back into the queue
   * @throws {Error} if the port for boards is taken, or a file of the configuration or the spool cannot be used
   */
  static async start(config: Config, log: Logger, { resendParked = false } = {}): Promise<Bridge> {
    const uplinks = new Map<string, Uplink>();
    for (const device of [...(config.uhppote?.boards ?? []), ...(config.mqtt?.readers ?? [])]) {
      const { deviceId } = device;
      const deviceLog = log.child({ deviceId });
      const spool = await Spool.open({
        directory: join(config.spool.directory, deviceId),
        maxBytes: config.spool.maxMegabytes * 1_048_576,
        onDamaged: (line) => deviceLog.error({ line }, 'the disk has damaged a line of the spool'),
      });
      if (resendParked) deviceLog.info({ values: await spool.unpark() }, 'parked values are sent again');
      const client = new GatewayClient({ gateway: config.gateway, ...keyOf(config, device) });
      uplinks.set(deviceId, new Uplink({ spool, client, log: deviceLog }));
    }
    const uplinkOf = (deviceId: string): Uplink => {
      const uplink = uplinks.get(deviceId);
      if (uplink === undefined) throw new Error(`${deviceId} is not in the configuration`);
      return uplink;
    };
    const sources: Source[] = [];
    const { uhppote, mqtt } = config;
    if (uhppote !== undefined) {
      const boards = uhppote.boards.map(({ deviceId, address, patienceSeconds, ...board }) => {
        const { host, port } = hostAndPort('address', address, 1);
        return { ...board, address: host, port, patienceMs: patienceSeconds * 1_000, uplink: uplinkOf(deviceId) };
      });
      const started = await Boards.start({ listen: hostAndPort('listen', uhppote.listen, 0), boards, log });
      sources.push(started);
      for (const { deviceId, serial } of uhppote.boards) {
        const board = started.boards.get(serial);
        if (board === undefined) continue;
        const commands = new Commands(
          uplinkOf(deviceId).client,
          ({ command, door }) => board.command(command, door),
          log.child({ deviceId }),
        );
        commands.start();
        sources.push(commands);
      }
    }
    if (mqtt !== undefined) {
      const readers = mqtt.readers.map(({ patienceSeconds, mapping = {}, answer, ...reader }) => {
        return { ...reader, mapping, answer, patienceMs: patienceSeconds * 1_000, uplink: uplinkOf(reader.deviceId) };
      });
      sources.push(MqttReaders.start({ url: mqtt.url, options: await mqttOptions(mqtt), readers, log }));
    }
    for (const uplink of uplinks.values()) uplink.start();
    return new Bridge([...uplinks.values()], sources);
  }

  /** Stops listening, sends what waits for a few seconds, and ends. The rest stays on disk. */
  async stop(): Promise<void> {
    await Promise.all(this.#sources.map((source) => source.stop()));
    await Promise.all(this.#uplinks.map((uplink) => uplink.stop(FLUSH_MS)));
  }
}

async function mqttOptions({
  clientId,
  username,
  passwordFile,
  caFile,
}: NonNullable<Config['mqtt']>): Promise<IClientOptions> {
  return {
    clientId,
    ...(username === undefined ? {} : { username }),
    ...(passwordFile === undefined ? {} : { password: (await readFile(passwordFile, 'utf8')).trim() }),
    ...(caFile === undefined ? {} : { ca: await readFile(caFile) }),
  };
}
