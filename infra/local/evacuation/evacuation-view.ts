import type { MusterEntry, Zone } from '@swipegate/contract';
import { clock, count } from '@swipegate/terminal/figures';
import { ink } from '@swipegate/terminal/ink';

/** A moment of the evacuation. */
export interface EvacuationView {
  elapsedMs: number;
  /** In the building when the alarm sounded. */
  people: number;
  /** Exits that the gateway has taken. */
  accepted: number;
  /** Over the last second, exits/s. */
  perSecond: number;
  /** By the last answer; undefined before the first. */
  inside: readonly MusterEntry[] | undefined;
  zones: readonly Zone[];
}

const WIDEST = 78;
const NAME = 20;

/** One line an element, none wider than the terminal or 78 columns. */
export function evacuationLines(view: EvacuationView, style: { color: boolean; columns: number }): string[] {
  const paint = ink(style.color);
  const width = Math.min(WIDEST, style.columns - 1);
  const inside = view.inside ?? [];
  const bar = Math.max(4, width - NAME - 14);
  const row = (name: string, n: number) => {
    const filled = view.people === 0 ? 0 : Math.ceil((n / view.people) * bar);
    return `  ${name.slice(0, NAME).padEnd(NAME)}${count(n, 7)}  ${'█'.repeat(filled)}`.slice(0, width);
  };
  return [
    paint.bold(
      `Evacuation ${clock(view.elapsedMs)}   ${count(inside.length)} of ${count(view.people)} still inside`.slice(
        0,
        width,
      ),
    ),
    row('muster list', inside.length),
    ...view.zones.map(({ zoneId, name }) =>
      paint.dim(row(`  ${name}`, inside.filter((entry) => entry.zoneId === zoneId).length)),
    ),
    `  exits taken ${count(view.accepted, 7)}   ${view.perSecond.toFixed(0).padStart(5)} /s`.slice(0, width),
  ];
}

/** The same in one line, for a log or a pipe. */
export function evacuationLine({ elapsedMs, inside, accepted, perSecond }: EvacuationView): string {
  return `${clock(elapsedMs)}  inside ${inside?.length ?? '-'}  exits taken ${accepted} (${perSecond.toFixed(0)}/s)`;
}

/** Who did not leave, by name. */
export function stayerLines(inside: readonly MusterEntry[], zones: readonly Zone[]): string[] {
  return inside.map(({ name, employeeId, cardId, zoneId }) => {
    const zone = zones.find((each) => each.zoneId === zoneId)?.name ?? zoneId;
    return `  ${(name ?? cardId).padEnd(26)}${(employeeId ?? '').padEnd(14)}${zone}`.slice(0, WIDEST);
  });
}
