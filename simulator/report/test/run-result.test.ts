import { readFile } from 'node:fs/promises';
import t from 'tap';
import { LatencyResult, ReaderResult, RunResult, Second, ThresholdResult, TwoLatencies } from '../result/run-result.js';

t.test('docs/run-result.md names every member', async (t) => {
  const text = await readFile(new URL('../../../../docs/run-result.md', import.meta.url), 'utf8');
  const named = new Set(Array.from(text.matchAll(/`([^`]+)`/g), ([, name]) => name));
  const { counts, faults, outcomes } = RunResult.properties;
  const parts = [
    RunResult,
    LatencyResult,
    ReaderResult,
    Second,
    ThresholdResult,
    TwoLatencies,
    counts,
    faults,
    outcomes,
  ];
  for (const { properties } of parts) {
    t.strictSame(
      Object.keys(properties).filter((member) => !named.has(member)),
      [],
    );
  }
});
