import { type Point, valueAt } from '../scenarios/scenario.js';

/** Share of the rate at the start of a warm-up. */
const RAMP_FROM = 0.05;
/** A run without an end plays its scenario in this time, ms, and then keeps the last values. */
const UNENDING_MS = 3_600_000;

/** Lengths of a run and of the warm-up before it, ms. */
export interface Course {
  warmUpMs: number;
  /** Undefined runs until stopped. */
  durationMs: number | undefined;
}

/** Elapsed share of a run, 0 to 1. @param atMs ms from the end of the warm-up; the share is 0 before */
export function shareOfRun(atMs: number, { durationMs = UNENDING_MS }: Course): number {
  return Math.min(1, Math.max(0, atMs / durationMs));
}

/** Returns the scheduled swipes/s by time, ms from the end of the warm-up: a linear ramp up to it, then the profile. */
export function ratePlan(rate: number, profile: readonly Point[], course: Course): (atMs: number) => number {
  return (atMs) => {
    const full = rate * valueAt(profile, shareOfRun(atMs, course));
    if (atMs >= 0 || course.warmUpMs <= 0) return full;
    return full * Math.max(RAMP_FROM, 1 + atMs / course.warmUpMs);
  };
}
