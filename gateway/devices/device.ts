import type { DeviceDoor, DeviceOfKey, Direction } from '@swipegate/contract';
import { isWithin } from '@swipegate/http/networks';
import { ProblemError } from '@swipegate/http/problem-details';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { principalOf } from '../auth/authenticate.js';

/** The device of an authenticated request. @throws {ProblemError} `wrong-key-role` if the key is not one of a device */
export function deviceOf(request: Pick<FastifyRequest, 'principal'>): DeviceOfKey {
  const { device, keyId } = principalOf(request);
  if (device !== undefined) return device;
  throw new ProblemError('wrong-key-role', `The key ${keyId} is not one of a device. Issue a key for the device.`);
}

/** Refuses requests of a device from outside its own networks, and keys that are not of a device. */
export function refuseElsewhere(api: FastifyInstance): void {
  api.addHook('onRequest', (request, _reply, done) => {
    const { deviceId } = deviceOf(request);
    const { deviceNetworks } = principalOf(request);
    const address = request.socket.remoteAddress ?? '';
    if (deviceNetworks === undefined || isWithin(deviceNetworks, address)) return done();
    request.log.warn({ address, deviceId }, 'a device called from outside its networks');
    const detail = `The device ${deviceId} may not connect from ${address}. Change the device’s networks.`;
    done(new ProblemError('network-not-allowed', detail));
  });
}

/** Returns a door of the device. @param door as the device counts; undefined: the device has one door */
export function doorOf({ doors }: DeviceOfKey, door: number | undefined): DeviceDoor | undefined {
  return door === undefined && doors.length === 1 ? doors[0] : doors.find((each) => each.door === door);
}

/**
 * Returns the reader of a door and a direction. A door with one reader has that one for both directions.
 * @param door as the device counts; undefined: the device has one door
 */
export function readerAt(
  device: DeviceOfKey,
  door: number | undefined,
  direction: Direction | undefined,
): string | undefined {
  const found = doorOf(device, door);
  if (found === undefined) return undefined;
  const [first, second] = direction === 'out' ? [found.out, found.in] : [found.in, found.out];
  return first ?? second;
}
