import { newApiKey } from '@swipegate/contract';
import { callingAws } from '../aws-failure.js';
import { type CheckResult, CheckRun, Fault } from './check-run.js';
import { checkAdminApi, Installation } from './installation.js';
import type { TestTenant } from './test-tenant.js';

export interface CheckParts {
  /** Base URL of the gateway, without a trailing slash. */
  gateway: string;
  /** Base URL of the admin API. Undefined: not checked. */
  api: string | undefined;
  tenant: TestTenant;
  /** Checks that alarms exist. Undefined: not checked. */
  alarms: ((signal: AbortSignal) => Promise<string>) | undefined;
  onResult(result: CheckResult): void;
  /** Ends the checks early; the test tenant is removed all the same. */
  signal: AbortSignal;
}

/** Checks an installation from outside, with a test tenant that is removed at the end. Never rejects. */
export async function check(parts: CheckParts): Promise<CheckRun> {
  const { gateway, api, tenant, alarms, signal } = parts;
  const installation = new Installation(gateway);
  const run = new CheckRun(signal, parts.onResult);

  const isAlive = await run.check({
    name: 'gateway answers',
    lookAt: 'the URL; on AWS the stack swipegate-STAGE-gateway: its targets, certificate and DNS name',
    work: (signal) => installation.alive(signal),
  });
  const isReady = await run.check(
    {
      name: 'gateway is ready',
      lookAt: 'both streams, and the log of the gateway (docs/runbook.md#alarms)',
      work: (signal) => installation.ready(signal),
    },
    isAlive,
  );
  if (api !== undefined) {
    await run.check({
      name: 'admin API answers',
      lookAt: 'the URL (output ApiUrl), and the log of the function admin',
      work: (signal) => checkAdminApi(api, signal),
    });
  }
  if (alarms !== undefined) {
    await run.check({
      name: 'alarms are in place',
      lookAt: 'the stack swipegate-STAGE-dashboard, and its topics page and ticket',
      work: (signal) => callingAws(() => alarms(signal)),
    });
  }
  try {
    await checkSwipes(run, installation, tenant, isReady);
  } finally {
    const removal = {
      name: 'test tenant is removed',
      lookAt: 'your right to delete rows; the next check removes what is left',
      work: async () => `${await callingAws(() => tenant.remove())} rows`,
    };
    await (tenant.isTaken ? run.always(removal) : run.check(removal, false));
  }
  return run;
}

async function checkSwipes(run: CheckRun, installation: Installation, tenant: TestTenant, isReady: boolean) {
  const isMade = await run.check(
    {
      name: 'test tenant is written',
      lookAt: 'SWIPEGATE_STAGE, AWS_REGION and your right to write rows of its tables',
      async work() {
        const left = await callingAws(() => tenant.create());
        return left === 0 ? '' : `and ${left} rows of a run that died are removed`;
      },
    },
    isReady,
  );
  let granted: Awaited<ReturnType<Installation['decide']>> | undefined;
  const isGranted = await run.check(
    {
      name: 'a good card is granted',
      lookAt: 'the log of the function decide, and the alarms (docs/runbook.md#alarms)',
      async work(signal) {
        granted = await installation.decide(tenant, tenant.goodCard, signal);
        if (granted.outcome !== 'granted') throw new Fault(`The decision is ${granted.outcome}, ${granted.reason}.`);
        return '';
      },
    },
    isMade,
  );
  await run.check(
    {
      name: 'its decision is read back',
      lookAt: 'the table of decisions and the log of the function decide',
      async work(signal) {
        if (granted !== undefined) await installation.readBack(tenant, granted, signal);
        return '';
      },
    },
    isGranted,
  );
  await run.check(
    {
      name: 'a lost card is denied',
      lookAt: 'the log of the function decide',
      async work(signal) {
        const { outcome, reason } = await installation.decide(tenant, tenant.lostCard, signal);
        if (outcome !== 'denied') throw new Fault(`The decision is ${outcome}, ${reason}.`);
        return reason;
      },
    },
    isMade,
  );
  await run.check(
    {
      name: 'a made-up key is refused',
      lookAt: 'whether something before the gateway answers for it',
      async work(signal) {
        await installation.refuses(newApiKey(), tenant, signal);
        return '';
      },
    },
    isMade,
  );
}
