import { AlarmList } from './alarm-list.js';
import { Chart } from './chart.js';
import { place, say } from './element.js';
import { FigureHistory } from './figure-history.js';
import { timeText } from './figure-text.js';
import { FiguresWidget } from './figures-widget.js';
import { LiveTable } from './live-table.js';
import type { Denial, History, Moment, PageDefinition, SilentReader } from './page-data.js';

/** Ops page: draws the stream of moments, one per second. */

const definition: PageDefinition = JSON.parse(place('definition').textContent ?? '');
const history = new FigureHistory(definition.keepMs);
const alarms = new AlarmList(definition.alarms, place('alarms'), place('alarm-summary'));
const status = place('status');
const pause = place('pause');

const charts: Chart[] = [];
const moveCursors = (to: number | undefined) => {
  for (const chart of charts) chart.moveCursor(to);
};
const figures: FiguresWidget[] = [];
for (const widget of definition.widgets) {
  if (widget.kind === 'figures') {
    const made = new FiguresWidget(widget, history);
    figures.push(made);
    place('figures').append(made.element);
  } else {
    const made = new Chart(widget, history, moveCursors);
    charts.push(made);
    place('charts').append(made.element);
  }
}

const denials = new LiveTable<Denial>({
  url: '/ops/denials',
  everyMs: 2_000,
  body: place('denials'),
  note: place('denials-note'),
  cells: ({ decidedAt, reason, readerId, cardId, employeeId }) => [
    timeText(Date.parse(decidedAt)),
    reason.replaceAll('-', ' '),
    readerId,
    cardId,
    employeeId ?? 'not linked',
  ],
  noteOf: (rows) => (rows.length === 0 ? 'No denials since the gateway started.' : 'Newest first.'),
});
const silentReaders = new LiveTable<SilentReader>({
  url: '/ops/silent-readers',
  everyMs: 10_000,
  body: place('silent-readers'),
  note: place('silent-readers-note'),
  cells: ({ readerId, door, buildingId, heardAt }) => [
    readerId,
    door,
    buildingId,
    heardAt === null ? 'never' : timeText(Date.parse(heardAt)),
  ],
  noteOf: (rows) =>
    rows.length === 0 ? 'Every reader sent something within the last hour.' : 'Nothing received for an hour.',
});

let rangeMs = 300_000;
let paused = false;
let last: Moment | undefined;

function draw(): void {
  for (const each of figures) each.draw();
  for (const chart of charts) chart.draw(rangeMs);
  if (last !== undefined) alarms.draw(last.alarms);
}

function sayStatus(text: string, state: 'live' | 'paused' | 'broken'): void {
  say(status, text);
  status.className = state;
}

function take(moment: Moment): void {
  history.add(moment);
  last = moment;
  if (paused) return;
  if (moment.gatewayAnswers) sayStatus('Live', 'live');
  else sayStatus('The gateway does not answer', 'broken');
  place('clock').textContent = timeText(moment.atMs);
  if (document.visibilityState === 'hidden') return;
  draw();
  void denials.tick();
  void silentReaders.tick();
}

async function loadHistory(): Promise<void> {
  const answer = await fetch('/ops/history');
  if (!answer.ok) return;
  const all: History = await answer.json();
  history.replace(all);
}

pause.addEventListener('click', () => {
  paused = !paused;
  pause.setAttribute('aria-pressed', String(paused));
  if (paused) sayStatus('Paused', 'paused');
  else if (last !== undefined) take(last);
});
for (const option of document.querySelectorAll<HTMLInputElement>('input[name="range"]')) {
  option.addEventListener('change', () => {
    rangeMs = Number(option.value) * 60_000;
    draw();
  });
  if (option.checked) rangeMs = Number(option.value) * 60_000;
}
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
  for (const chart of charts) chart.redraw();
});
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible' && !paused) draw();
});

const stream = new EventSource('/ops/stream');
// On the first connection and on each reconnection: the history has the missed moments.
stream.addEventListener('open', () => void loadHistory());
stream.addEventListener('message', ({ data }) => take(JSON.parse(String(data))));
stream.addEventListener('error', () => sayStatus('Not connected. Is npm start still running?', 'broken'));
