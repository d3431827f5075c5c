import { type Point, valueAt } from '../scenarios/scenario.js';

/** Share of the rate that a warm-up begins with. */
const RAMP_FROM = 0.05;
/** A run without an end goes through its scenario in this time, ms, and then stays at what it ended with. */
const UNENDING_MS = 3_600_000;

/** The course of a run. Times are ms from its start; the warm-up lies before. */
export interface Course {
  warmUpMs: number;
  /** Undefined runs until it is stopped. */
  durationMs: number | undefined;
}

/** Share of a run that has passed at a moment: 0 during the warm-up. */
export function shareOfRun(atMs: number, { durationMs = UNENDING_MS }: Course): number {
  return Math.min(1, Math.max(0, atMs / durationMs));
}

/** Swipes/s wanted at a moment: along the profile, risen to in the warm-up. */
export function ratePlan(rate: number, profile: readonly Point[], course: Course): (atMs: number) => number {
  return (atMs) => {
    const full = rate * valueAt(profile, shareOfRun(atMs, course));
    if (atMs >= 0 || course.warmUpMs <= 0) return full;
    return full * Math.max(RAMP_FROM, 1 + atMs / course.warmUpMs);
  };
}
