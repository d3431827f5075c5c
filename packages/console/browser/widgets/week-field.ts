import type { Schedule } from '@swipegate/contract';
import { DAY_NAMES } from '../../site/schedule-words.js';
import {
  type Area,
  CELL,
  coverOf,
  DAY,
  intervalsOf,
  nightsJoined,
  painted,
  timeOf,
  type Week,
  weekOf,
} from '../../site/week.js';
import { button, buttonRow, element, fill, newId } from './element.js';
import { complainer, type Field, wrongText } from './fields.js';
import { HoursList } from './hours-list.js';

type Interval = Schedule['intervals'][number];

const CELLS = DAY / CELL;
/** In a narrow window the days are columns; must equal the width in style.ts. */
const NARROW = '(max-width:560px)';
const PRESETS: readonly { label: string; intervals: readonly Interval[] }[] = [
  { label: 'Office hours', intervals: [{ days: [1, 2, 3, 4, 5], from: '08:00', until: '18:00' }] },
  { label: 'Round the clock', intervals: [{ days: [1, 2, 3, 4, 5, 6, 7], from: '00:00', until: '24:00' }] },
  { label: 'Clear', intervals: [] },
];

interface Cell {
  day: number;
  /** Position in the day. */
  at: number;
}

/**
 * The hours of a week: a grid of half-hours, painted with mouse, finger or keyboard, and a list of the exact times. Both
 * show the same intervals, and change each other.
 * @param changed called after each change
 */
export function weekField(
  name: string,
  value: readonly Interval[],
  changed: (intervals: readonly Interval[]) => void,
): Field<Interval[]> {
  const wrong = wrongText();
  const list = new HoursList(name, value, () => {
    grid.show(weekOf(list.readable()));
    noteNights();
    changed(list.readable());
  });
  const write = (intervals: readonly Interval[]) => {
    list.write(intervals);
    grid.show(weekOf(intervals));
    noteNights();
    changed(intervals);
  };
  const past: Interval[][] = [];
  const remember = () => {
    past.push(list.readable());
    undo.hidden = false;
  };
  const undo = button(
    'Undo',
    () => {
      write(past.pop() ?? value);
      undo.hidden = past.length === 0;
    },
    { hidden: true },
  );
  const grid = new WeekGrid(weekOf(value), remember, (week) => write(intervalsOf(week)));
  const nights = element('p', { class: 'note', hidden: true });
  const noteNights = () => {
    const joined = nightsJoined(weekOf(list.readable()));
    nights.hidden = joined === undefined;
    if (joined === undefined) return;
    const join = button('Join them', () => write(intervalsOf(joined)), { class: 'quiet' });
    const text = 'Hours meet at midnight. As one night shift they stay open until the morning of a holiday. ';
    fill(nights, text, join);
  };
  noteNights();
  const presets = PRESETS.map(({ label, intervals }) => {
    const choose = () => {
      remember();
      write(intervals);
    };
    return button(label, choose);
  });
  const hint =
    'Paint the open hours: drag across the cells, or move with the arrow keys, press Space, and hold Shift to extend. On a phone, scroll beside the cells. An interval belongs to the day on which it begins.';
  const field = element(
    'fieldset',
    { class: 'field', tabindex: '-1', 'aria-describedby': wrong.id },
    element('legend', {}, 'Open hours'),
    element('p', { class: 'note' }, hint),
    buttonRow(presets, undo),
    grid.element,
    element(
      'p',
      { class: 'note key' },
      element('span', { class: 'open' }, 'open'),
      element('span', { class: 'night' }, 'open since the night before'),
      element('span', { class: 'partly' }, 'open for a part: see the times'),
    ),
    nights,
    list.element,
    wrong,
  );
  return { name, element: field, control: field, read: () => list.read(), complain: complainer(field, wrong) };
}

/** Seven days of half-hour cells. One cell is in the order of Tab; the arrow keys move to the others. */
class WeekGrid {
  readonly element: HTMLElement;
  readonly #cells: HTMLElement[][];
  readonly #begun: () => void;
  readonly #paint: (week: Week) => void;
  #week: Week;
  #focused: Cell = { day: 0, at: 16 };
  /** A stroke in progress: where it began, the week before it, and what it paints. */
  #stroke: { from: Cell; week: Week; isOpen: boolean } | undefined;

  /** @param begun called before the first change of a stroke */
  constructor(week: Week, begun: () => void, paint: (week: Week) => void) {
    this.#week = week;
    this.#begun = begun;
    this.#paint = paint;
    this.#cells = DAY_NAMES.map((_, day) =>
      Array.from({ length: CELLS }, (_, at) =>
        element('span', {
          role: 'gridcell',
          tabindex: '-1',
          id: newId(),
          'data-day': String(day),
          'data-at': String(at),
        }),
      ),
    );
    const hours = Array.from({ length: 24 }, (_, hour) =>
      element('span', { class: 'hour' }, timeOf(hour * 60).slice(0, 2)),
    );
    const rows = DAY_NAMES.map((name, day) =>
      element(
        'div',
        { role: 'row' },
        element('span', { role: 'rowheader', 'aria-label': name }, name.slice(0, 3)),
        this.#cells[day],
      ),
    );
    this.element = element(
      'div',
      {
        class: 'week',
        role: 'grid',
        'aria-label': 'Open hours of the week',
        'aria-multiselectable': 'true',
        onkeydown: (event) => event instanceof KeyboardEvent && this.#pressed(event),
      },
      element('div', { class: 'hours', 'aria-hidden': 'true' }, element('span'), hours),
      rows,
    );
    this.element.addEventListener('pointerdown', (event) => this.#down(event));
    this.element.addEventListener('pointermove', (event) => this.#moved(event));
    for (const end of ['pointerup', 'pointercancel']) {
      this.element.addEventListener(end, () => {
        this.#stroke = undefined;
      });
    }
    this.element.addEventListener('focusin', (event) => {
      const cell = cellAt(event.target);
      if (cell !== undefined) this.#focus(cell, false);
    });
    this.element.addEventListener('focusout', ({ relatedTarget }) => {
      if (cellAt(relatedTarget) === undefined) this.#stroke = undefined;
    });
    this.show(week);
    this.#focus(this.#focused, false);
  }

  show(week: Week): void {
    this.#week = week;
    for (const [day, cells] of this.#cells.entries()) {
      for (const [at, cell] of cells.entries()) {
        const { share, isOfNight } = coverOf(week, areaOf({ day, at }));
        const state = share === 0 ? '' : share < 1 ? 'partly' : isOfNight ? 'night' : 'open';
        if (cell.className === state && cell.ariaSelected !== null) continue;
        cell.className = state;
        cell.ariaSelected = String(share > 0);
        cell.ariaLabel = `${DAY_NAMES[day]} ${timeOf(at * CELL)}${state === 'partly' ? ', for a part' : ''}`;
      }
    }
  }

  #begin(from: Cell): void {
    const isOpen = coverOf(this.#week, areaOf(from)).share < 1;
    this.#begun();
    this.#stroke = { from, week: this.#week, isOpen };
    this.#extend(from);
  }

  #extend(to: Cell): void {
    if (this.#stroke === undefined) return;
    const { from, week, isOpen } = this.#stroke;
    const [first, last] = [Math.min(from.at, to.at), Math.max(from.at, to.at)];
    let made = week;
    for (let day = Math.min(from.day, to.day); day <= Math.max(from.day, to.day); day++) {
      made = painted(made, { day, from: first * CELL, until: (last + 1) * CELL }, isOpen);
    }
    this.#paint(made);
  }

  #down(event: PointerEvent): void {
    const cell = cellAt(event.target);
    if (cell === undefined || event.button !== 0) return;
    event.preventDefault();
    this.element.setPointerCapture(event.pointerId);
    this.#focus(cell, true);
    this.#begin(cell);
  }

  #moved(event: PointerEvent): void {
    if (this.#stroke === undefined || event.buttons === 0) return;
    const cell = cellAt(document.elementFromPoint(event.clientX, event.clientY));
    if (cell === undefined || (cell.day === this.#focused.day && cell.at === this.#focused.at)) return;
    this.#focus(cell, true);
    this.#extend(cell);
  }

  #pressed(event: KeyboardEvent): void {
    const { day, at } = this.#focused;
    const isNarrow = matchMedia(NARROW).matches;
    const [earlier, later] = isNarrow ? ['ArrowUp', 'ArrowDown'] : ['ArrowLeft', 'ArrowRight'];
    const [before, after] = isNarrow ? ['ArrowLeft', 'ArrowRight'] : ['ArrowUp', 'ArrowDown'];
    const moves: Record<string, Cell> = {
      [earlier]: { day, at: at - 1 },
      [later]: { day, at: at + 1 },
      [before]: { day: day - 1, at },
      [after]: { day: day + 1, at },
      Home: { day, at: 0 },
      End: { day, at: CELLS - 1 },
    };
    const to = moves[event.key];
    if (event.key === ' ' || event.key === 'Enter') this.#begin(this.#focused);
    else if (to === undefined) return;
    else if (this.#cells[to.day]?.[to.at] !== undefined) {
      if (!event.shiftKey) this.#stroke = undefined;
      else if (this.#stroke === undefined) this.#begin(this.#focused);
      this.#focus(to, true);
      this.#extend(to);
    }
    event.preventDefault();
  }

  #focus(to: Cell, isActive: boolean): void {
    this.#cells[this.#focused.day]?.[this.#focused.at]?.setAttribute('tabindex', '-1');
    this.#focused = to;
    const cell = this.#cells[to.day]?.[to.at];
    cell?.setAttribute('tabindex', '0');
    if (isActive) cell?.focus({ preventScroll: true });
  }
}

function areaOf({ day, at }: Cell): Area {
  return { day, from: at * CELL, until: (at + 1) * CELL };
}

function cellAt(target: EventTarget | null): Cell | undefined {
  if (!(target instanceof HTMLElement)) return undefined;
  const { day, at } = target.dataset;
  return day === undefined || at === undefined ? undefined : { day: Number(day), at: Number(at) };
}
