import type { MusterEntry, Zone } from '@swipegate/contract';
import { clock, count } from '@swipegate/terminal/figures';
import { fit, printable } from '@swipegate/terminal/fit';
import { ink } from '@swipegate/terminal/ink';

export interface EvacuationView {
  elapsedMs: number;
  /** Inside when the alarm sounded. */
  people: number;
  /** Exits that the gateway has accepted. */
  accepted: number;
  /** Over the last second, exits/s. */
  perSecond: number;
  /** Muster list. */
  inside: readonly MusterEntry[];
  zones: readonly Zone[];
}

const WIDEST = 78;
const NAME = 20;

/** Live view, one element per line. No line is wider than the terminal or 78 columns. */
export function evacuationLines(view: EvacuationView, style: { color: boolean; columns: number }): string[] {
  const { inside, people, zones } = view;
  const paint = ink(style.color);
  const width = Math.min(WIDEST, style.columns - 1);
  const bar = Math.max(4, width - NAME - 14);
  const row = (name: string, n: number) =>
    fit(`  ${fit(name, NAME).padEnd(NAME)}${count(n, 7)}  ${'█'.repeat(Math.ceil((n / people) * bar))}`, width);
  const inZone = (zoneId: string) => inside.filter((entry) => entry.zoneId === zoneId).length;
  return [
    paint.bold(
      fit(`Evacuation ${clock(view.elapsedMs)}   ${count(inside.length)} of ${count(people)} still inside`, width),
    ),
    row('muster list', inside.length),
    ...zones.map(({ zoneId, name }) => paint.dim(row(`  ${printable(name)}`, inZone(zoneId)))),
    fit(`  exits taken ${count(view.accepted, 7)}   ${view.perSecond.toFixed(0).padStart(5)} /s`, width),
  ];
}

/** The same in one line, for a log or a pipe. */
export function evacuationLine({ elapsedMs, inside, accepted, perSecond }: EvacuationView): string {
  return `${clock(elapsedMs)}  inside ${inside.length}  exits taken ${accepted} (${perSecond.toFixed(0)}/s)`;
}

/** People who stayed inside, with their zone. */
export function stayerLines(inside: readonly MusterEntry[], zones: readonly Zone[]): string[] {
  return inside.map(({ name, employeeId, cardId, zoneId }) => {
    const zone = zones.find((each) => each.zoneId === zoneId)?.name ?? zoneId;
    return fit(`  ${printable(name ?? cardId).padEnd(26)}${(employeeId ?? '').padEnd(14)}${printable(zone)}`, WIDEST);
  });
}
