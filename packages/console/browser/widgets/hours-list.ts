import type { Schedule } from '@swipegate/contract';
import { DAY_NAMES } from '../../site/schedule-words.js';
import { minuteOf } from '../../site/week.js';
import { button, element, fill, newId, say } from './element.js';
import { FieldError } from './form.js';

type Interval = Schedule['intervals'][number];

interface Line {
  element: HTMLElement;
  read(): Interval;
}

/** Intervals as lines of days and exact times. */
export class HoursList {
  readonly element: HTMLElement;
  readonly #name: string;
  readonly #lines = element('div', { class: 'hours-list' });
  readonly #changed: () => void;
  #shown: Line[] = [];

  /** @param name member of the API's problems @param changed called when the user has changed a line */
  constructor(name: string, value: readonly Interval[], changed: () => void) {
    this.#name = name;
    this.#changed = changed;
    const add = () => {
      this.#add({ days: [1, 2, 3, 4, 5], from: '08:00', until: '18:00' })
        .querySelector('input')
        ?.focus();
      changed();
    };
    this.element = element('div', {}, this.#lines, button('Add hours', add));
    this.write(value);
  }

  /** Replaces all lines. */
  write(intervals: readonly Interval[]): void {
    this.#shown = [];
    fill(this.#lines);
    for (const interval of intervals) this.#add(interval);
  }

  /** The intervals that mean something; the user may still be writing the others. */
  readable(): Interval[] {
    return this.#shown.map((line) => line.read()).filter((interval) => faultOf(interval) === undefined);
  }

  /** @throws {FieldError} for a line that can never open a door */
  read(): Interval[] {
    const intervals = this.#shown.map((line) => line.read());
    for (const [i, interval] of intervals.entries()) {
      const fault = faultOf(interval);
      if (fault !== undefined) throw new FieldError(this.#name, `Hours ${i + 1}: ${fault}`);
    }
    if (intervals.length === 0) throw new FieldError(this.#name, 'Paint at least one open cell, or add hours.');
    return intervals;
  }

  #add(interval: Interval): HTMLElement {
    const line = lineOf(interval, this.#shown.length + 1, {
      changed: this.#changed,
      remove: () => {
        this.#shown = this.#shown.filter((each) => each !== line);
        line.element.remove();
        this.#changed();
      },
    });
    this.#shown.push(line);
    this.#lines.append(line.element);
    return line.element;
  }
}

function lineOf({ days, from, until }: Interval, number: number, on: { changed(): void; remove(): void }): Line {
  const boxes = DAY_NAMES.map((_, i) => {
    const box = element('input', { type: 'checkbox', id: newId(), onchange: on.changed });
    box.checked = days.includes(i + 1);
    return box;
  });
  const toggles = boxes.map((box, i) => [
    box,
    element('label', { for: box.id, title: DAY_NAMES[i] }, DAY_NAMES[i]?.slice(0, 2) ?? ''),
  ]);
  const start = clock('From', from, on.changed);
  const end = clock('Until', until, on.changed);
  const next = element('span', { class: 'soft' });
  const note = () => {
    const [a, b] = [minuteOf(start.input.value), minuteOf(read().until)];
    say(next, b < a ? 'the next day' : '');
  };
  const read = (): Interval => {
    const times = { from: start.input.value, until: end.input.value };
    return {
      days: boxes.flatMap(({ checked }, i) => (checked ? [i + 1] : [])),
      from: times.from,
      // The midnight that ends a day.
      until: times.until === '00:00' ? '24:00' : times.until,
    };
  };
  const made = element(
    'fieldset',
    { class: 'hours-line', oninput: note },
    element('legend', { class: 'unseen' }, `Hours ${number}`),
    element('span', { class: 'days' }, toggles),
    element('span', { class: 'times' }, start.label, ' to ', end.label, next),
    button('Remove', on.remove, { class: 'quiet', 'aria-label': `Remove hours ${number}` }),
  );
  note();
  return { element: made, read };
}

function clock(name: string, value: string, changed: () => void): { input: HTMLInputElement; label: HTMLElement } {
  const input = element('input', {
    type: 'text',
    inputmode: 'numeric',
    maxlength: '5',
    autocomplete: 'off',
    oninput: changed,
  });
  input.value = value;
  // 8:10, 0810 and 8.10 are what people write.
  input.addEventListener('change', () => {
    const [, hours, minutes] = /^\s*(\d{1,2})[:.]?(\d\d)\s*$/.exec(input.value) ?? [];
    if (hours === undefined || minutes === undefined) return;
    input.value = `${hours.padStart(2, '0')}:${minutes}`;
    input.dispatchEvent(new Event('input', { bubbles: true }));
  });
  return { input, label: element('label', {}, element('span', { class: 'unseen' }, name), input) };
}

function faultOf({ days, from, until }: Interval): string | undefined {
  if (days.length === 0) return 'choose at least one day.';
  const [start, end] = [minuteOf(from), minuteOf(until)];
  if (Number.isNaN(start) || from === '24:00') return 'the first time must be 00:00 to 23:59, such as 08:10.';
  if (Number.isNaN(end)) return 'the last time must be 00:00 to 24:00, such as 17:30.';
  if (start === end) return 'the two times must differ. A whole day is 00:00 to 24:00.';
  return undefined;
}
