import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import type { Config } from '../config/config.js';
import type { CommandOutbox } from '../devices/commands.js';
import { DeviceContacts } from '../devices/contacts.js';
import { controlIdAnswer } from '../devices/control-id/control-id.js';
import { dahuaAnswer } from '../devices/dahua/dahua.js';
import { refuseElsewhere } from '../devices/device.js';
import { DeviceIntake, type DeviceIntakeOptions } from '../devices/device-intake.js';
import { contentIn } from '../devices/field.js';
import { CommandRounds } from '../devices/hikvision/commands.js';
import { hikvisionAnswer } from '../devices/hikvision/hikvision.js';
import { DeviceLogins } from '../devices/hikvision/logins.js';
import { hookKeyHash, hookRoutes } from '../devices/hook.js';
import { keyedDeviceRoutes, pathKeyHash } from '../devices/keyed-devices.js';
import { admitNetworks, networksOf } from '../devices/networks.js';
import { RefusedDevices } from '../devices/refused-devices.js';
import { serialHash, zktecoRoutes } from '../devices/zkteco/routes.js';
import { readBody } from '../intake/read-body.js';
import type { Admission } from './admission.js';
import { newServer } from './server.js';

export interface DeviceAppDependencies extends Omit<DeviceIntakeOptions, 'ackTimeoutMs'> {
  config: Config;
  logger: FastifyBaseLogger;
  admission: Admission;
  outbox: CommandOutbox;
}

/**
 * Builds the HTTP application of the device port, for readers as they are sold: they post to fixed paths, cannot set a
 * header, and speak plain HTTP. It shares limits, keys and durability with the gateway's own port. The caller makes it
 * listen. @throws {EnvironmentError} if DEVICE_NETWORKS or DEVICE_LOGINS is wrong
 */
export async function buildDeviceApp({
  config,
  logger,
  admission,
  outbox,
  ...rest
}: DeviceAppDependencies): Promise<FastifyInstance> {
  const app = newServer(config, logger, { description: 'docs/readers.md' });
  const networks = networksOf(config.DEVICE_NETWORKS);
  const logins = new DeviceLogins(config.DEVICE_LOGINS, networks);
  admitNetworks(app, networks);
  useAnyBody(app);
  admission.count(app);
  const intake = new DeviceIntake({ ...rest, ackTimeoutMs: config.ACK_TIMEOUT_MS });
  const contacts = new DeviceContacts(intake, rest.sink);
  const refused = new RefusedDevices({ tenantId: config.DEVICE_TENANT, sink: rest.sink, metrics: rest.metrics });
  const rounds = new CommandRounds(outbox, logins);
  app.addHook('onClose', () => rounds.close());
  await app.register(async (api) => {
    admission.guard(api, 'reader', hookKeyHash);
    hookRoutes(api, { intake, maxWaitMs: config.MAX_WAIT_MS });
  });
  await app.register(async (api) => {
    admission.guard(api, 'reader', serialHash(config.DEVICE_TENANT));
    refuseElsewhere(api);
    zktecoRoutes(api, { intake, contacts, refused, outbox, maxWaitMs: config.MAX_WAIT_MS });
  });
  await app.register(async (api) => {
    admission.guard(api, 'reader', pathKeyHash);
    const options = { intake, contacts, outbox, maxWaitMs: config.MAX_WAIT_MS };
    keyedDeviceRoutes(
      api,
      { contacts, metrics: rest.metrics },
      {
        'control-id': controlIdAnswer(options),
        dahua: dahuaAnswer(options),
        hikvision: hikvisionAnswer({ ...options, logins, rounds }),
      },
    );
  });
  return app;
}

const MEDIA_TYPE = /^\s*[\w.+-]+\/[\w.+-]+\s*(?:;|$)/;

/**
 * Parses bodies by what they look like, because devices label them wrongly: a JSON object, or a form. Other bodies count
 * as empty.
 */
function useAnyBody(app: FastifyInstance): void {
  app.addHook('onRequest', (request, _reply, done) => {
    const { headers } = request.raw;
    // Fastify refuses a malformed type, but takes none.
    if (!MEDIA_TYPE.test(headers['content-type'] ?? '')) delete headers['content-type'];
    done();
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (request, payload, done) => {
    readBody(request, payload, (error, bytes) => done(error, bytes && contentIn(bytes)));
  });
}
