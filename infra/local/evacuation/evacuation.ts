import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { compile, Muster, type MusterEntry } from '@swipegate/contract';
import { count } from '@swipegate/terminal/figures';
import { parseOptions, whole } from '@swipegate/terminal/options';
import { assertFreePort } from '../processes/ports.js';
import { audit } from '../start/audit.js';
import { type Outcome, runCommand, type Session } from '../start/command.js';
import { type GatewaySettings, readGatewaySettings } from '../start/gateway-settings.js';
import { finishStack, type Stack, startStack, stopStack } from '../start/stack.js';
import { type Evacuee, evacuees, exitsOf, letIn } from './evacuees.js';
import { ExitReader } from './exit-reader.js';
import { evacuationLine, evacuationLines, stayerLines } from './view.js';

const BUILDING = 'hq';
const HOST = '127.0.0.1';
const MOST_PEOPLE = 5_000;
const POLL_MS = 500;
/** In a log or a pipe, prints a line every so many polls. */
const LINE_EVERY = 4;
/** Longest time from the last exit to a correct muster list. */
const PATIENCE_MS = 30_000;
const MOST_NAMES = 20;

const HELP = `Everyone swipes out of one building, while the muster list shrinks to those who
stay inside.

  npm run demo:evacuation -- [options]

  --people N     people inside when the alarm sounds, 10 to ${MOST_PEOPLE} (${MOST_PEOPLE})
  --seconds N    from the first exit to the last, 1 to 3600 (60)
  --json         the last line of stdout is one JSON object; progress goes to
                 stderr
  --help         show this help

  PORT=9000 npm run demo:evacuation    port of the gateway (0: a free one)

Defaults are in parentheses.

Exit codes: 0 if at the end the muster list names exactly those who stayed, and
every exit was decided once; 1 if not, or if stopped; 2 for an invalid option.
`;

type EvacuationOptions = Record<'people' | 'seconds' | 'port', number> & {
  json: boolean;
  gatewaySettings: GatewaySettings;
};

const isMuster = compile(Muster);

async function read(): Promise<EvacuationOptions | 'help'> {
  const command = 'npm run demo:evacuation --';
  const { values } = parseOptions(command, process.argv.slice(2), {
    people: { type: 'string', default: String(MOST_PEOPLE) },
    seconds: { type: 'string', default: '60' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h' },
  });
  if (values.help === true) return 'help';
  return {
    people: whole('--people', values.people, 10, MOST_PEOPLE),
    seconds: whole('--seconds', values.seconds, 1, 3_600),
    json: values.json,
    port: whole('PORT', process.env['PORT'] || '0', 0, 65_535),
    gatewaySettings: readGatewaySettings(process.env),
  };
}

async function evacuate(options: EvacuationOptions, session: Session): Promise<Outcome> {
  const { roster, files, display } = session;
  await assertFreePort(options.port, 'PORT', HOST);
  const say = (line: string) => display.say(line);
  say('Starting Swipegate on this machine\n');
  const { port, gatewaySettings } = options;
  const network = { port, opsPort: 0, host: HOST, rateLimitPerSecond: 1_000, gatewaySettings };
  const stack = await startStack({ ...network, files, roster, say });
  const { site } = stack;
  const people = evacuees({ ...options, site, buildingId: BUILDING, random: Math.random, nowMs: Date.now() });
  const stayed = people.flatMap(({ card, exit }) => (exit === undefined ? card.cardId : [])).sort();
  await roster.guard(letIn(stack.dynamodb, site.tenantId, people));
  const building = site.buildings.find(({ buildingId }) => buildingId === BUILDING);
  display.say('', `The ops page is at ${stack.ops.url}`);
  display.say('', `The alarm sounds: ${people.length} people are in ${building?.name}.`, '');

  const startedAt = performance.now();
  const progress = { accepted: 0, lastExitAt: Number.POSITIVE_INFINITY };
  const leaving = leave(stack, people, (swipes) => {
    progress.accepted += swipes;
  }).then(() => {
    progress.lastExitAt = performance.now();
  });
  const watching = watchMuster(session, stack, progress, { people: people.length, stayed });
  const [{ mustered, settledAfterMs }] = await roster.guard(Promise.all([watching, leaving]));

  display.say('', 'Comparing every exit with its decision.');
  await finishStack(stack);
  const audited = await roster.guard(audit(stack.cloud.clients.kinesis, stack.dynamodb));
  await stopStack(stack);
  const { swipes: left, duplicated, wrong } = audited;
  // An exit that never reached the stream is as lost as one without a decision.
  const lost = audited.lost + people.length - stayed.length - left;
  const isSound = settledAfterMs !== null && lost + duplicated + wrong === 0;
  const elapsedMs = performance.now() - startedAt;
  const faults = { settledAfterMs, lost, duplicated, wrong };
  return {
    isSound,
    json: { ok: isSound, people: people.length, left, stayed, mustered, ...faults, elapsedMs },
    lines: [
      `${count(people.length)} were inside, ${count(left)} swiped out, ${stayed.length} did not.`,
      `The muster list names ${mustered.length}:`,
      ...stayerLines(mustered.slice(0, MOST_NAMES), site.zones),
      ...(mustered.length > MOST_NAMES ? [`  … and ${count(mustered.length - MOST_NAMES)} more`] : []),
      `Exits lost ${lost}, decided twice ${duplicated}, decided wrongly ${wrong}.`,
      settledAfterMs === null
        ? 'NOT SOUND: the list does not name exactly those who stayed.'
        : `It named exactly those who stayed ${(settledAfterMs / 1_000).toFixed(1)} s after the last exit.`,
    ],
  };
}

/** Everyone swipes out at their time. Resolves when the gateway has accepted all exits. */
async function leave(stack: Stack, people: readonly Evacuee[], onAccepted: (swipes: number) => void): Promise<void> {
  const { site, gatewayUrl, keys } = stack;
  const readers = new Map(
    exitsOf(site, BUILDING).map((id) => [id, new ExitReader({ gatewayUrl, key: keys[id] ?? '', onAccepted })]),
  );
  const alarmAt = performance.now();
  const leaving = people.flatMap(({ card, exit }) => (exit === undefined ? [] : [{ cardId: card.cardId, ...exit }]));
  for (const { cardId, readerId, atMs } of leaving.sort((a, b) => a.atMs - b.atMs)) {
    const earlyMs = alarmAt + atMs - performance.now();
    if (earlyMs > 1) await delay(earlyMs);
    readers.get(readerId)?.swiped({ swipeId: randomUUID(), readerId, cardId, readAt: new Date().toISOString() });
  }
  for (const reader of readers.values()) await reader.settled();
}

/**
 * Polls and shows the muster list until it names exactly those who stayed, or PATIENCE_MS after the last exit.
 * @returns the last list, and how long after the last exit it was right, ms; null if it never was
 */
async function watchMuster(
  { display, color }: Session,
  { gatewayUrl, operatorKey, site }: Stack,
  progress: { accepted: number; lastExitAt: number },
  { people, stayed }: { people: number; stayed: readonly string[] },
): Promise<{ mustered: readonly MusterEntry[]; settledAfterMs: number | null }> {
  const startedAt = performance.now();
  const zones = site.zones.filter(({ buildingId }) => buildingId === BUILDING);
  const recent: { atMs: number; accepted: number }[] = [];
  for (let poll = 0; ; poll++) {
    const answer = await fetch(`${gatewayUrl}/v1/buildings/${BUILDING}/muster`, {
      headers: { authorization: `Bearer ${operatorKey}` },
    });
    const muster: unknown = await answer.json();
    if (!isMuster(muster)) throw new Error(`Cannot read the muster list: ${answer.status} ${JSON.stringify(muster)}`);
    const inside = muster.people;

    const atMs = performance.now();
    const { accepted, lastExitAt } = progress;
    recent.push({ atMs, accepted });
    while (recent.length > 2 && atMs - (recent[1]?.atMs ?? atMs) >= 1_000) recent.shift();
    const before = recent[0] ?? { atMs, accepted };
    const perSecond = (1_000 * (accepted - before.accepted)) / Math.max(1, atMs - before.atMs);
    const view = { elapsedMs: atMs - startedAt, people, accepted, perSecond, inside, zones };
    if (display.live) display.draw(evacuationLines(view, { color, columns: display.size.columns }));
    else if (poll % LINE_EVERY === 0) display.say(evacuationLine(view));

    const ids = inside.map(({ cardId }) => cardId).sort();
    if (lastExitAt <= atMs && ids.join() === stayed.join())
      return { mustered: inside, settledAfterMs: atMs - lastExitAt };
    if (atMs - lastExitAt > PATIENCE_MS) return { mustered: inside, settledAfterMs: null };
    await delay(POLL_MS);
  }
}

// Not process.exitCode: the losing side of a race may still hold a timer or a socket.
process.exit(
  await runCommand({
    help: HELP,
    read,
    run: (options, session) =>
      session.stop.unlessRequested(
        evacuate(options, session),
        'Stopped before the end: the muster list was not checked.',
      ),
  }),
);
