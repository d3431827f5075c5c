import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { compile, Muster, type MusterEntry } from '@swipegate/contract';
import type { Display } from '@swipegate/terminal/display';
import type { SiteFiles } from '../demo/site-files.js';
import type { ChildRoster } from '../processes/child-roster.js';
import { audit } from '../start/audit.js';
import { type Stack, startStack } from '../start/stack.js';
import type { EvacuationOptions } from './evacuation-options.js';
import { type EvacuationView, evacuationLine, evacuationLines } from './evacuation-view.js';
import { type Evacuee, evacuees, exitsOf, letIn } from './evacuees.js';
import { ExitReader } from './exit-reader.js';

export interface EvacuationRun {
  options: EvacuationOptions;
  files: SiteFiles;
  roster: ChildRoster;
  display: Display;
  color: boolean;
  /** Ends it before its time. */
  signal: AbortSignal;
}

/** How it ended. */
export interface EvacuationResult {
  people: number;
  left: number;
  /** Who did not leave, as it was planned; cardIds, sorted. */
  stayed: string[];
  /** Who did not leave, as the muster list has it at the end. */
  mustered: MusterEntry[];
  /** From the last exit that the gateway took until the list was right, ms; null when it never was. */
  settledAfterMs: number | null;
  lost: number;
  duplicated: number;
  wrong: number;
  elapsedMs: number;
}

/** Whether the list names exactly those who stayed, and every exit was decided once. */
export function isSound({ settledAfterMs, lost, duplicated, wrong }: EvacuationResult): boolean {
  return settledAfterMs !== null && lost + duplicated + wrong === 0;
}

const BUILDING = 'hq';
const LOOK_MS = 500;
const LINE_EVERY = 4;
/** How long the list may take to become right after the last exit. */
const PATIENCE_MS = 30_000;
const DRAIN_MS = 60_000;

const isMuster = compile(Muster);

/** From the first process to the account. When it rejects, the roster holds what is to be ended. */
export async function runEvacuation(run: EvacuationRun): Promise<EvacuationResult> {
  const { options, roster, files, display } = run;
  display.say('Starting Swipegate on this machine', '');
  const stack = await startStack({
    port: options.port,
    opsPort: 0,
    host: '127.0.0.1',
    rateLimitPerSecond: 1_000,
    files,
    roster,
    say: (line) => display.say(line),
  });
  const { site } = stack;
  const people = evacuees({ ...options, site, buildingId: BUILDING, random: Math.random, nowMs: Date.now() });
  await roster.guard(letIn(stack.dynamodb, site.tenantId, people));
  const name = site.buildings.find(({ buildingId }) => buildingId === BUILDING)?.name ?? BUILDING;
  display.say('', `The ops page is at ${stack.ops.url}`);
  display.say('', `The alarm sounds: ${people.length} people are in ${name}.`, '');

  const startedAt = performance.now();
  const watch = new MusterWatch(run, stack, people.length);
  const watching = watch.run();
  await roster.guard(Promise.race([leave(run, stack, people, watch), watching]));
  const lastExitAt = performance.now();
  const stayed = people
    .filter(({ exit }) => exit === undefined)
    .map(({ card }) => card.cardId)
    .sort();
  const isRight = (inside: readonly MusterEntry[]) =>
    inside
      .map(({ cardId }) => cardId)
      .sort()
      .join() === stayed.join();
  const settledAfterMs = await roster.guard(watch.until(isRight, lastExitAt));
  watch.stop();
  await watching;

  display.say('', 'The list stands still. Every exit is held against its decision.');
  await stack.gateway.stop();
  await stack.runner.drain(DRAIN_MS);
  await stack.ops.close();
  const { lost, duplicated, wrong, swipes } = await roster.guard(audit(stack.cloud.clients.kinesis, stack.dynamodb));
  await stack.runner.child.stop();
  await stack.cloud.stop();
  return {
    people: people.length,
    left: swipes,
    stayed,
    mustered: [...(watch.inside ?? [])],
    settledAfterMs,
    // An exit that never came to the stream is as lost as one without a decision.
    lost: lost + people.length - stayed.length - swipes,
    duplicated,
    wrong,
    elapsedMs: performance.now() - startedAt,
  };
}

/** Everybody swipes out at their time. Resolves when the gateway has taken all of it. */
async function leave(run: EvacuationRun, stack: Stack, people: readonly Evacuee[], watch: MusterWatch): Promise<void> {
  const readers = new Map(
    exitsOf(stack.site, BUILDING).map((readerId) => [
      readerId,
      new ExitReader({
        gatewayUrl: stack.gatewayUrl,
        key: stack.keys[readerId] ?? '',
        signal: run.signal,
        onAccepted: (swipes) => watch.accepted(swipes),
      }),
    ]),
  );
  const alarmAt = performance.now();
  const leaving = people.flatMap(({ card, exit }) => (exit === undefined ? [] : [{ cardId: card.cardId, ...exit }]));
  for (const { cardId, readerId, atMs } of leaving.sort((a, b) => a.atMs - b.atMs)) {
    const earlyMs = alarmAt + atMs - performance.now();
    if (earlyMs > 1) await delay(earlyMs, undefined, { signal: run.signal });
    run.signal.throwIfAborted();
    const swipe = { swipeId: randomUUID(), readerId, cardId, readAt: new Date().toISOString() };
    readers.get(readerId)?.swiped(swipe);
  }
  for (const reader of readers.values()) await reader.settled();
}

/** Asks for the muster list over and over, and shows it. */
class MusterWatch {
  inside: readonly MusterEntry[] | undefined;
  readonly #run: EvacuationRun;
  readonly #stack: Stack;
  readonly #people: number;
  readonly #startedAt = performance.now();
  readonly #stopping = new AbortController();
  readonly #recent: { atMs: number; accepted: number }[] = [];
  #accepted = 0;
  #onLook: () => void = () => undefined;

  constructor(run: EvacuationRun, stack: Stack, people: number) {
    this.#run = run;
    this.#stack = stack;
    this.#people = people;
  }

  accepted(swipes: number): void {
    this.#accepted += swipes;
  }

  stop(): void {
    this.#stopping.abort();
  }

  /** Resolves when it is stopped, rejects when the list cannot be read. */
  async run(): Promise<void> {
    const signal = AbortSignal.any([this.#run.signal, this.#stopping.signal]);
    for (let look = 0; !signal.aborted; look++) {
      this.inside = await this.#ask();
      this.#show(look);
      this.#onLook();
      await delay(LOOK_MS, undefined, { signal }).catch(() => undefined);
    }
    this.#run.signal.throwIfAborted();
  }

  /** @returns how long after `sinceMs` the list was right; null when it is not within the patience */
  async until(isRight: (inside: readonly MusterEntry[]) => boolean, sinceMs: number): Promise<number | null> {
    while (performance.now() - sinceMs < PATIENCE_MS && !this.#run.signal.aborted) {
      if (this.inside !== undefined && isRight(this.inside)) return performance.now() - sinceMs;
      await new Promise<void>((resolve) => {
        this.#onLook = resolve;
        setTimeout(resolve, PATIENCE_MS).unref();
      });
    }
    return null;
  }

  async #ask(): Promise<MusterEntry[]> {
    const { gatewayUrl, operatorKey } = this.#stack;
    const answer = await fetch(`${gatewayUrl}/v1/buildings/${BUILDING}/muster`, {
      headers: { authorization: `Bearer ${operatorKey}` },
    });
    const muster: unknown = await answer.json();
    if (!isMuster(muster))
      throw new Error(`The muster list cannot be read: ${answer.status} ${JSON.stringify(muster)}`);
    return muster.people;
  }

  #show(look: number): void {
    const { display, color } = this.#run;
    const view = this.#view();
    if (display.live) display.draw(evacuationLines(view, { color, columns: display.size.columns }));
    else if (look % LINE_EVERY === 0) display.say(evacuationLine(view));
  }

  #view(): EvacuationView {
    const atMs = performance.now();
    this.#recent.push({ atMs, accepted: this.#accepted });
    while (this.#recent.length > 2 && atMs - (this.#recent[1]?.atMs ?? atMs) >= 1_000) this.#recent.shift();
    const first = this.#recent[0] ?? { atMs, accepted: 0 };
    const seconds = (atMs - first.atMs) / 1_000;
    return {
      elapsedMs: atMs - this.#startedAt,
      people: this.#people,
      accepted: this.#accepted,
      perSecond: seconds === 0 ? 0 : (this.#accepted - first.accepted) / seconds,
      inside: this.inside,
      zones: this.#stack.site.zones.filter(({ buildingId }) => buildingId === BUILDING),
    };
  }
}
