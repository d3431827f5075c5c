import { BlockList, isIPv4, isIPv6 } from 'node:net';
import { EnvironmentError } from '@swipegate/aws/environment';
import { ProblemError } from '@swipegate/http/problem-details';
import type { FastifyInstance } from 'fastify';

/** Refuses requests of addresses outside the networks, before anything else of the request is looked at. */
export function admitNetworks(app: FastifyInstance, networks: BlockList): void {
  app.addHook('onRequest', (request, _reply, done) => {
    // Of the connection: a header such as X-Forwarded-For could be made up.
    const address = request.socket.remoteAddress ?? '';
    const isKnown = networks.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
    if (isKnown) return done();
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
  const list = new BlockList();
  for (const entry of text.split(',')) {
    const [address = '', bits] = entry.trim().split('/');
    const [family, most] = isIPv6(address) ? (['ipv6', 128] as const) : (['ipv4', 32] as const);
    const prefix = bits === undefined ? most : /^\d{1,3}$/.test(bits) ? Number(bits) : Number.NaN;
    if (!(isIPv4(address) || isIPv6(address)) || !(prefix <= most)) {
      throw new EnvironmentError(
        `The environment of the gateway is not valid:\n  DEVICE_NETWORKS: ${entry} must be an address or a CIDR block, such as 192.168.1.0/24`,
      );
    }
    list.addSubnet(address, prefix, family);
  }
  return list;
}
