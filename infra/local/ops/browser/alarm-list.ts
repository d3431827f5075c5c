import { element, say } from './element.js';
import { figureText, timeText } from './figure-text.js';
import type { AlarmNow, PageAlarm } from './page-data.js';

const WORDS = { ok: 'OK', alarm: 'ALARM', elsewhere: 'on AWS only' } as const;

interface Row {
  alarm: PageAlarm;
  element: HTMLDetailsElement;
  badge: HTMLElement;
  value: HTMLElement;
}

/** Alarms with their state, active ones first. Each expands to its meaning and steps. */
export class AlarmList {
  readonly #where: HTMLElement;
  readonly #summary: HTMLElement;
  readonly #rows: Row[];
  #order = '';

  constructor(alarms: readonly PageAlarm[], where: HTMLElement, summary: HTMLElement) {
    this.#where = where;
    this.#summary = summary;
    this.#rows = alarms.map((alarm) => rowOf(alarm));
    where.replaceChildren(...this.#rows.map((row) => row.element));
  }

  draw(states: readonly AlarmNow[]): void {
    const byId = new Map(states.map((state) => [state.id, state]));
    for (const { alarm, element: row, badge, value } of this.#rows) {
      const now = byId.get(alarm.id);
      if (now === undefined) continue;
      row.className = `alarm ${now.state === 'alarm' ? 'on' : now.state}`;
      say(badge, WORDS[now.state]);
      const since = now.state === 'alarm' ? `, since ${timeText(now.sinceMs)}` : '';
      say(value, now.state === 'elsewhere' ? '' : `${figureText(now.value, alarm.unit)}${since}`);
    }
    const isOn = ({ alarm }: Row) => byId.get(alarm.id)?.state === 'alarm';
    const on = this.#rows.filter(isOn);
    say(
      this.#summary,
      on.length === 0
        ? `None of ${this.#rows.length} alarms is active.`
        : `${on.length} of ${this.#rows.length} alarms active: ${on.map(({ alarm }) => alarm.title).join('; ')}.`,
    );
    const sorted = [...on, ...this.#rows.filter((row) => !isOn(row))];
    const order = sorted.map(({ alarm }) => alarm.id).join();
    // Reorder only when needed: moving an element takes the focus away from it.
    if (order !== this.#order) this.#where.replaceChildren(...sorted.map((row) => row.element));
    this.#order = order;
  }
}

function rowOf(alarm: PageAlarm): Row {
  const badge = element('span', { class: 'badge' }, '–');
  const value = element('span', { class: 'soft' });
  const row = element(
    'details',
    { class: 'alarm', 'data-alarm': alarm.id, name: 'alarm' },
    element('summary', {}, badge, ' ', alarm.title, ' ', value),
    element('p', {}, alarm.meaning),
    element(
      'p',
      { class: 'note' },
      `${alarm.when} ${alarm.severity === 'page' ? 'Pages the on-call engineer.' : 'Opens a ticket; it can wait until the morning.'}`,
    ),
    element('ol', {}, ...alarm.steps.map((step) => element('li', {}, step))),
  );
  return { alarm, element: row, badge, value };
}
