import type { Decision } from '@swipegate/contract';
import type { Test } from 'tap';
import { decisionFor, testApp } from './test-app.js';

/**
 * Starts the device port of a test application. Each swipe that reaches the stream gets the decision in `given`: granted
 * before each test, and none if it is undefined.
 */
export async function startDevicePort(t: Test, env: Record<string, string>, options?: Parameters<typeof testApp>[2]) {
  const test = await testApp(env, {}, options);
  const { app, sink, hub, buildDevices } = test;
  const devices = await buildDevices();
  // Refusals are held back, and their timers alone do not keep the process alive.
  await devices.listen({ port: 0 });
  t.teardown(() => Promise.all([app.close(), devices.close()]));
  const given: { decision: Partial<Decision> | undefined } = { decision: {} };
  const decide: typeof sink.answer = async ({ record }) => {
    await null;
    if (given.decision === undefined || record['kind'] !== undefined) return;
    hub.publish(decisionFor(record, { tenantId: String(record['tenantId']), ...given.decision }));
  };
  t.beforeEach(() => {
    sink.answer = decide;
    given.decision = {};
    sink.puts.length = 0;
  });
  const records = () =>
    sink.puts.map(({ record }) => record).filter(({ type, kind }) => type !== 'heartbeat' && kind !== 'device-contact');
  return {
    ...test,
    devices,
    given,
    decide,
    /** Records that reached the stream, without heartbeats and contacts. */
    records,
    /** Contacts of devices that reached the stream. */
    contacts: () => sink.puts.map(({ record }) => record).filter(({ kind }) => kind === 'device-contact'),
    swipes: () => records().filter(({ kind }) => kind === undefined),
    events: () => records().filter(({ kind }) => kind !== undefined),
  };
}
