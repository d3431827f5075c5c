import type { Decision, DeviceMake } from '@swipegate/contract';
import { hashApiKey } from '@swipegate/contract';
import { decisionFor, testApp, testKey } from '@swipegate/gateway/test/test-app';
import type { Test } from 'tap';

export const KEY = testKey('bridge');

/**
 * A real gateway with a recording sink, and the key of a device with the readers door-in and door-out. It decides each swipe
 * as `given` says: not at all if that is undefined.
 */
export async function startGateway(t: Test, make: DeviceMake) {
  const key = {
    keyHash: hashApiKey(KEY),
    keyId: 'key-bridge',
    tenantId: 'acme',
    readerIds: ['door-in', 'door-out'],
    device: {
      ...{ deviceId: 'board', make, timeZone: 'Europe/Berlin' },
      doors: [{ door: 1, in: 'door-in', out: 'door-out' }],
    },
  };
  const test = await testApp({}, {}, { keys: [key] });
  const { app, sink, hub } = test;
  const given: { decision: Partial<Decision> | undefined } = { decision: {} };
  sink.answer = async ({ record }) => {
    await null;
    if (given.decision === undefined || record['kind'] !== undefined) return;
    hub.publish(decisionFor(record, given.decision));
  };
  const gateway = await app.listen({ port: 0, host: '127.0.0.1' });
  t.teardown(() => app.close());
  const records = () => sink.puts.map(({ record }) => record).filter(({ type }) => type !== 'heartbeat');
  return { ...test, gateway, given, records };
}

/** Resolves once a condition holds. The test's own time limit ends it. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
}
