import type { BlockList } from 'node:net';
import { EnvironmentError } from '@swipegate/aws/environment';
import { isWithin, networksIn } from '@swipegate/http/networks';
import { ProblemError } from '@swipegate/http/problem-details';
import type { FastifyInstance } from 'fastify';

/** Refuses requests of addresses outside the networks, before anything else of the request is looked at. */
export function admitNetworks(app: FastifyInstance, networks: BlockList): void {
  app.addHook('onRequest', (request, _reply, done) => {
    // The connection's address: a header such as X-Forwarded-For could be made up.
    const address = request.socket.remoteAddress ?? '';
    if (isWithin(networks, address)) return done();
    request.log.warn({ address }, 'a device outside DEVICE_NETWORKS was refused');
    done(
      new ProblemError(
        'network-not-allowed',
        `Devices at ${address} may not connect. Ask the operator to add their network to DEVICE_NETWORKS.`,
      ),
    );
  });
}

/** @param text addresses and CIDR blocks, separated by commas @throws {EnvironmentError} naming the wrong one */
export function networksOf(text: string): BlockList {
  const entries = text.split(',');
  const networks = networksIn(entries);
  if (networks !== undefined) return networks;
  const wrong = entries.find((entry) => networksIn([entry]) === undefined);
  throw new EnvironmentError(
    `The environment of the gateway is not valid:\n  DEVICE_NETWORKS: ${wrong} must be an address or a CIDR block, such as 192.168.1.0/24`,
  );
}
