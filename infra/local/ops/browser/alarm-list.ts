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

/** The alarms in their state, those that are on first; each opens to what it means and what to do. */
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
        ? `None of ${this.#rows.length} is on.`
        : `${on.length} of ${this.#rows.length} on: ${on.map(({ alarm }) => alarm.title).join('; ')}.`,
    );
    const sorted = [...on, ...this.#rows.filter((row) => !isOn(row))];
    const order = sorted.map(({ alarm }) => alarm.id).join();
    // Moving an element takes the focus from it: only when there is a reason.
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
      `${alarm.when} ${alarm.severity === 'page' ? 'Somebody is called.' : 'It can wait for the morning.'}`,
    ),
    element('ol', {}, ...alarm.steps.map((step) => element('li', {}, step))),
  );
  return { alarm, element: row, badge, value };
}
