import { setTimeout as delay } from 'node:timers/promises';
import { signalWithin } from '@swipegate/aws/signal-within';
import { compile, Decision, Problem } from '@swipegate/contract';
import { messageOf } from '@swipegate/terminal/message-of';
import Type from 'typebox';
import { Fault } from './check-run.js';
import { READER, type TestTenant } from './test-tenant.js';

/** Time that an answer may take, ms. */
const ANSWER_MS = 5_000;
/** Time that a decision may take, s. */
const WAIT_S = 10;
/** A gateway reads new keys eventually consistently, and remembers an unknown one for 2 s. */
const KEY_RETRY_MS = 2_500;
const KEY_ATTEMPTS = 3;
/** Time from a published decision to the stored one, ms. */
const STORED_MS = 5_000;

const isDecision = compile(Decision);
const isProblem = compile(Type.Object({ code: Problem.properties.code, detail: Problem.properties.detail }));
const isStatus = compile(Type.Object({ status: Type.String() }));
const isDescription = compile(Type.Object({ info: Type.Object({ version: Type.String() }) }));

interface Answer {
  status: number;
  body: unknown;
}

/** The addresses of an installation, asked as its clients ask. */
export class Installation {
  readonly #gateway: string;

  constructor(gateway: string) {
    this.#gateway = gateway;
  }

  /** @returns the gateway's version */
  async alive(signal: AbortSignal): Promise<string> {
    const { status, body } = await ask(`${this.#gateway}/healthz`, signal);
    if (status !== 200 || !isStatus(body)) throw new Fault(unexpected(status, body));
    const described = await ask(`${this.#gateway}/docs/json`, signal);
    const { body: api } = described;
    return isDescription(api) ? `version ${api.info.version}` : 'version unknown';
  }

  async ready(signal: AbortSignal): Promise<string> {
    const { status, body } = await ask(`${this.#gateway}/readyz`, signal);
    if (status !== 200) throw new Fault(unexpected(status, body));
    return '';
  }

  /** Posts a swipe and waits for its decision. */
  async decide(tenant: TestTenant, cardId: string, signal: AbortSignal): Promise<Decision> {
    const swipe = { swipeId: tenant.newSwipeId(), readerId: READER, cardId, readAt: new Date().toISOString() };
    for (let attempt = 1; ; attempt++) {
      const { status, body } = await this.#post(tenant.key, swipe, signal);
      if (status === 401 && attempt < KEY_ATTEMPTS) {
        await pause(KEY_RETRY_MS, signal);
        continue;
      }
      if (status === 401) throw new Fault('The gateway does not know the new key.', OTHER_STAGE);
      if (status === 202) throw new Fault(`The swipe is stored, but was not decided within ${WAIT_S} s.`, DECIDE);
      if (status !== 200 || !isDecision(body)) throw new Fault(unexpected(status, body));
      return body;
    }
  }

  /** Reads a decision back, as a reader does after a lost answer. */
  async readBack(tenant: TestTenant, { swipeId, ...decision }: Decision, signal: AbortSignal): Promise<void> {
    const deadline = performance.now() + STORED_MS;
    for (;;) {
      const headers = { authorization: `Bearer ${tenant.key}` };
      const { status, body } = await ask(`${this.#gateway}/v1/swipes/${swipeId}/decision`, signal, { headers });
      // The decision is published and stored at the same time: the table may be a moment behind.
      if (status === 404 && performance.now() < deadline) {
        await pause(200, signal);
        continue;
      }
      if (status !== 200 || !isDecision(body)) throw new Fault(unexpected(status, body));
      if (body.outcome !== decision.outcome || body.decidedAt !== decision.decidedAt) {
        throw new Fault('The stored decision differs from the one that the reader got.');
      }
      return;
    }
  }

  /** @throws {Fault} if the gateway accepts a swipe with this key */
  async refuses(key: string, tenant: TestTenant, signal: AbortSignal): Promise<void> {
    const swipe = { swipeId: tenant.newSwipeId(), readerId: READER, cardId: tenant.goodCard };
    const { status, body } = await this.#post(key, { ...swipe, readAt: new Date().toISOString() }, signal);
    if (status !== 401) throw new Fault(unexpected(status, body));
  }

  #post(key: string, swipe: object, signal: AbortSignal): Promise<Answer> {
    const headers = { authorization: `Bearer ${key}`, prefer: `wait=${WAIT_S}`, 'content-type': 'application/json' };
    const request = { method: 'POST', headers, body: JSON.stringify(swipe) };
    return ask(`${this.#gateway}/v1/swipes`, signal, request, ANSWER_MS + WAIT_S * 1_000);
  }
}

/** Checks that the admin API answers, and answers nobody without a token. */
export async function checkAdminApi(api: string, signal: AbortSignal): Promise<string> {
  const health = await ask(`${api}/healthz`, signal);
  if (health.status !== 200) throw new Fault(unexpected(health.status, health.body));
  const me = await ask(`${api}/v1/me`, signal);
  if (me.status !== 401) throw new Fault(`Without a token, /v1/me answers ${me.status} instead of 401.`);
  return 'and asks for a token';
}

const OTHER_STAGE =
  'whether --target is a gateway of this stage: SWIPEGATE_STAGE and AWS_REGION name the tables that got the key';
const DECIDE = 'the function decide: its log, its event source mapping, the alarms (docs/runbook.md#alarms)';

async function ask(url: string, signal: AbortSignal, init: RequestInit = {}, timeoutMs = ANSWER_MS): Promise<Answer> {
  const within = signalWithin(timeoutMs, signal);
  try {
    const answer = await fetch(url, { ...init, signal: within, redirect: 'manual' });
    const text = await answer.text();
    return { status: answer.status, body: jsonOf(text) };
  } catch (error) {
    if (signal.aborted) throw new Fault('stopped');
    if (within.aborted) throw new Fault(`${url} does not answer within ${timeoutMs / 1_000} s.`);
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    throw new Fault(`${url} cannot be reached: ${messageOf(cause)}`);
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => {
    throw new Fault('stopped');
  });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function unexpected(status: number, body: unknown): string {
  return isProblem(body) ? `${status} ${body.code}: ${body.detail}` : `The answer is ${status}, which is unexpected.`;
}
