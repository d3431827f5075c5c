import type { Decision, DeviceMake, Swipe, TakenSwipe } from '@swipegate/contract';
import type { FastifyRequest } from 'fastify';
import type { Principal } from '../auth/api-key-directory.js';
import { principalOf } from '../auth/authenticate.js';
import type { DecisionHub, Waiting } from '../decisions/decision-hub.js';
import { AWAITED_BYTES, admit, awaitDurable, type ItemKind } from '../intake/intake.js';
import { readSwipe, SWIPE_ITEMS } from '../intake/item-kinds.js';
import type { InFlight } from '../intake/load-shedding.js';
import { allRejected, Rejection } from '../intake/rejection.js';
import type { Sink } from '../intake/sink.js';
import type { GatewayMetrics } from '../metrics/gateway-metrics.js';
import { deviceOf } from './device.js';

export interface DeviceIntakeOptions {
  sink: Sink;
  hub: DecisionHub;
  metrics: GatewayMetrics;
  ackTimeoutMs: number;
}

/** Longest time that a decision usually needs to come back, ms. */
const WAY_BACK_MS = 500;

/** Start of the ids of people whom a device knows by a user number, and by no card. No number of a card has it. */
const USER_PREFIX = {
  zkteco: 'zk:',
  'control-id': 'cid:',
  dahua: 'dahua:',
  hikvision: 'hik:',
} as const satisfies Partial<Record<DeviceMake, string>>;
const PREFIXES: readonly string[] = Object.values(USER_PREFIX);

/** Returns the cardId of a user of a device. @param number the user's number on the device */
export function userCardId(make: keyof typeof USER_PREFIX, number: string): string {
  return USER_PREFIX[make] + number;
}

/** Swipes of devices. The card format of a reader is for the numbers of cards, and not for those of users. */
export const DEVICE_SWIPE_ITEMS: ItemKind<TakenSwipe> = {
  ...SWIPE_ITEMS,
  read: (value, principal) => (isOfUser(value) ? readSwipe(value, principal) : SWIPE_ITEMS.read(value, principal)),
};

function isOfUser(value: unknown): boolean {
  const cardId: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, 'cardId') : undefined;
  return typeof cardId === 'string' && PREFIXES.some((prefix) => cardId.startsWith(prefix));
}

/**
 * Swipes whose reader gives up after `waitMs`: nobody counts as inside behind a door that stayed shut.
 * @param nowMs ms since the epoch
 */
export function answeredWithin(waitMs: number, nowMs: number): ItemKind<TakenSwipe> {
  const answerBy = Math.floor(nowMs + waitMs - Math.min(WAY_BACK_MS, waitMs / 2));
  return {
    ...DEVICE_SWIPE_ITEMS,
    read(value, principal) {
      const swipe = DEVICE_SWIPE_ITEMS.read(value, principal);
      if (!(swipe instanceof Rejection)) swipe.answerBy = answerBy;
      return swipe;
    },
  };
}

/**
 * Age up to which a decision that stands opens a door, ms. A device whose clock stands still gives all swipes of a card
 * one id: the first grant must not open for ever.
 */
const FRESH_MS = 120_000;

/** Problems of an item itself: sending it again does not help. */
const NEVER_TAKEN: ReadonlySet<string> = new Set(['invalid-item', 'reader-not-allowed']);

export interface Awaiting {
  /** Longest wait for the decision, ms. */
  waitMs: number;
  onDurable?: (() => void) | undefined;
}

/** Puts the swipes of devices on the stream, as `/v1/swipes` does, and waits for their decisions. */
export class DeviceIntake {
  readonly #options: DeviceIntakeOptions;

  constructor(options: DeviceIntakeOptions) {
    this.#options = options;
  }

  /**
   * Parks an item of no reader of the device: logs it with its content, without names, and counts it. The device would
   * send it for ever, so it gets its OK.
   */
  park(request: FastifyRequest, item: object): void {
    this.#options.metrics.rejected.inc({ code: 'reader-not-allowed' });
    logParked(request, item, { deviceId: deviceOf(request).deviceId });
  }

  /**
   * Stores what a device reports, in order. Returns once all that can be taken is durable: only then may the device hear
   * its OK. Items that can never be taken are logged with their content and counted, because the device would send them
   * for ever, and all that it has to say after them.
   * @returns number of durable items
   * @throws {ProblemError} `stream-unavailable` or `overloaded`: the device must send all of it again
   */
  async store<Item>(kind: ItemKind<Item>, values: readonly unknown[], request: FastifyRequest): Promise<number> {
    if (values.length === 0) return 0;
    const { sink, metrics, ackTimeoutMs } = this.#options;
    const admission = admit(kind, values, principalOf(request), sink, Date.now());
    const { accepted, rejected } = await awaitDurable(admission, kind.idMember, ackTimeoutMs);
    metrics.countItems(kind.idMember, accepted, rejected);
    const retry = rejected.filter(({ code }) => !NEVER_TAKEN.has(code));
    if (retry.length > 0) throw allRejected('batch', retry);
    for (const { index, ...reason } of rejected) logParked(request, values[index], reason);
    return accepted;
  }

  /**
   * Returns once the swipe is durable and decided, or `waitMs` after the call.
   * @param onDurable is called in between, when the swipe is durable
   * @returns undefined if the swipe is durable, but no decision came in time, or only one that was made long ago
   * @throws {ProblemError} if it was not accepted, or cannot become durable in time: nothing opens
   */
  async decide(
    swipe: Swipe,
    { principal, inFlight, waitMs, onDurable }: Awaiting & { principal: Principal; inFlight: InFlight | undefined },
  ): Promise<Decision | undefined> {
    const { sink, hub, metrics, ackTimeoutMs } = this.#options;
    const { tenantId } = principal;
    const overload = inFlight?.add(AWAITED_BYTES);
    if (overload !== undefined) throw overload;
    const startedAt = performance.now();
    let waiting: Waiting | undefined;
    const nowMs = Date.now();
    const kind = answeredWithin(waitMs, nowMs);
    const admission = admit(kind, [swipe], principal, sink, nowMs, ({ swipeId, cardId }) => {
      waiting = hub.wait({ tenantId, swipeId, cardId }, waitMs);
    });
    const { accepted, rejected } = await awaitDurable(admission, kind.idMember, Math.min(ackTimeoutMs, waitMs));
    metrics.ackSeconds.observe((performance.now() - startedAt) / 1000);
    metrics.countItems(kind.idMember, accepted, rejected);
    if (accepted === 0) {
      waiting?.cancel();
      throw allRejected('single', rejected);
    }
    onDurable?.();
    const decision = await waiting?.decision;
    // A swipeId that another reader has used got that reader's decision: it opens no door here.
    if (decision?.readerId !== swipe.readerId) return undefined;
    // The device has reported the swipe as its own history before: nobody has checked the card against the rules.
    if (decision.offlineOutcome !== undefined) return undefined;
    return Date.now() - Date.parse(decision.decidedAt) < FRESH_MS ? decision : undefined;
  }
}

function logParked(request: FastifyRequest, item: unknown, reason: object): void {
  request.log.error({ item, ...reason }, 'an item of a device can never be taken');
}
