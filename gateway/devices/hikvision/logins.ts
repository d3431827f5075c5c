import { readFileSync, statSync } from 'node:fs';
import { type BlockList, isIP } from 'node:net';
import { EnvironmentError } from '@swipegate/aws/environment';
import { compile, DeviceId, explain, TenantId, tenantKey } from '@swipegate/contract';
import { isWithin } from '@swipegate/http/networks';
import type { FastifyBaseLogger } from 'fastify';
import Type from 'typebox';

const text = (description: string) => Type.String({ minLength: 1, maxLength: 128, description });

const DeviceLogin = Type.Object(
  {
    tenantId: TenantId,
    deviceId: DeviceId,
    address: text('IP address of the device, with a port if it is not 80'),
    user: text('Name of a user of the device'),
    password: text('Password of that user'),
  },
  { additionalProperties: false },
);
const isLoginFile = compile(Type.Array(DeviceLogin, { maxItems: 10_000 }));

/** Where the gateway reaches a device, and as whom. */
export interface DeviceLogin {
  host: string;
  port: number;
  user: string;
  password: string;
}

/**
 * The devices that the gateway may call. Address and password are the operator's, in one file: who can change the
 * registry cannot send a password elsewhere.
 */
export class DeviceLogins {
  readonly #file: string | undefined;
  readonly #networks: BlockList;
  #logins: ReadonlyMap<string, DeviceLogin> = new Map();
  #changedMs = 0;

  /**
   * @param file DEVICE_LOGINS; undefined: no device is called
   * @param networks DEVICE_NETWORKS: no device is called outside them
   * @throws {EnvironmentError} if the file cannot be read or is wrong
   */
  constructor(file: string | undefined, networks: BlockList) {
    this.#file = file;
    this.#networks = networks;
    this.#refresh();
  }

  /** Returns the login of a device. The file counts as it is now; one that became wrong is logged, and changes nothing. */
  of(tenantId: string, deviceId: string, log: FastifyBaseLogger): DeviceLogin | undefined {
    try {
      this.#refresh();
    } catch (error) {
      log.error({ err: error }, 'the new logins of devices were not taken');
    }
    return this.#logins.get(tenantKey(tenantId, deviceId));
  }

  #refresh(): void {
    const file = this.#file;
    if (file === undefined) return;
    try {
      const { mtimeMs } = statSync(file);
      if (mtimeMs === this.#changedMs) return;
      this.#changedMs = mtimeMs;
      this.#logins = new Map(
        this.#read(file).map(({ tenantId, deviceId, address, user, password }) => {
          return [tenantKey(tenantId, deviceId), { ...this.#endpoint(deviceId, address), user, password }];
        }),
      );
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new EnvironmentError(`The environment of the gateway is not valid:\n  DEVICE_LOGINS=${file}: ${reason}`);
    }
  }

  #read(file: string): Type.Static<typeof DeviceLogin>[] {
    const bytes = readFileSync(file, 'utf8');
    const content = contentOf(bytes);
    if (isLoginFile(content)) return content;
    const { field, reason } = explain(isLoginFile.errors);
    throw new Error(`${field || 'the file'} ${reason}`);
  }

  #endpoint(deviceId: string, address: string): { host: string; port: number } {
    const [, bracketed, plain, port = '80'] = /^(?:\[([0-9A-Fa-f:.]+)\]|([0-9.]+))(?::(\d{1,5}))?$/.exec(address) ?? [];
    const host = bracketed ?? plain ?? address;
    if (isIP(host) === 0 || Number(port) < 1 || Number(port) > 65_535) {
      throw new Error(`address of ${deviceId} must be an IP address, such as 192.168.1.64 or 192.168.1.64:8080`);
    }
    if (!isWithin(this.#networks, host)) {
      throw new Error(`address of ${deviceId}, ${address}, must be in DEVICE_NETWORKS`);
    }
    return { host, port: Number(port) };
  }
}

/** The message of a parser may quote the file, and with it a password. */
function contentOf(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw new Error(
      'the file must be JSON, such as [{"tenantId": …, "deviceId": …, "address": …, "user": …, "password": …}]',
    );
  }
}
