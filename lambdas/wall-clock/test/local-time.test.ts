import t from 'tap';
import { latestOccurrence } from '../local-time.js';

function latest(time: string, instant: string, zone = 'Europe/Berlin'): string | undefined {
  const ms = latestOccurrence(time, Date.parse(instant), zone);
  return ms === undefined ? undefined : new Date(ms).toISOString();
}

t.test('a time of day occurs once a day by the building’s clock', async (t) => {
  const table: [string, string, string][] = [
    ['04:00', '2026-11-23T03:00:00Z', '2026-11-23T03:00:00.000Z'],
    ['04:00', '2026-11-23T02:59:59.999Z', '2026-11-22T03:00:00.000Z'],
    ['04:00', '2026-11-23T22:59:59.999Z', '2026-11-23T03:00:00.000Z'],
    ['04:00', '2026-11-23T23:30:00Z', '2026-11-23T03:00:00.000Z'],
    ['00:00', '2026-11-22T23:00:00Z', '2026-11-22T23:00:00.000Z'],
    ['24:00', '2026-11-22T22:59:59.999Z', '2026-11-21T23:00:00.000Z'],
    ['24:00', '2026-11-22T23:00:00Z', '2026-11-22T23:00:00.000Z'],
    ['23:59', '2026-11-22T23:00:00Z', '2026-11-22T22:59:00.000Z'],
  ];
  for (const [time, instant, expected] of table) t.equal(latest(time, instant), expected, `${time} at ${instant}`);
  t.equal(latest('04:00', '2026-11-23T09:00:00Z', 'America/New_York'), '2026-11-23T09:00:00.000Z');
  t.equal(latest('04:00', '2026-11-23T09:00:00Z', 'Asia/Kathmandu'), '2026-11-22T22:15:00.000Z');
  t.equal(latest('04:00', '2026-11-23T09:00:00Z', 'Mars/Olympus'), undefined);
});

t.test('a time skipped when clocks go forward occurs at the jump', async (t) => {
  const table: [string, string, string][] = [
    ['02:30', '2026-03-29T00:59:59.999Z', '2026-03-28T01:30:00.000Z'],
    ['02:30', '2026-03-29T01:00:00Z', '2026-03-29T01:00:00.000Z'],
    ['02:30', '2026-03-29T12:00:00Z', '2026-03-29T01:00:00.000Z'],
    ['02:00', '2026-03-29T12:00:00Z', '2026-03-29T01:00:00.000Z'],
    ['03:00', '2026-03-29T12:00:00Z', '2026-03-29T01:00:00.000Z'],
    ['03:01', '2026-03-29T12:00:00Z', '2026-03-29T01:01:00.000Z'],
    ['02:30', '2026-03-30T00:30:00Z', '2026-03-30T00:30:00.000Z'],
  ];
  for (const [time, instant, expected] of table) t.equal(latest(time, instant), expected, `${time} at ${instant}`);
  t.equal(latest('00:00', '2026-04-24T12:00:00Z', 'Africa/Cairo'), '2026-04-23T22:00:00.000Z', 'a skipped midnight');
  t.equal(latest('02:15', '2026-10-04T12:00:00Z', 'Australia/Lord_Howe'), '2026-10-03T15:30:00.000Z', 'half an hour');
});

t.test('a time repeated when clocks go back counts both times', async (t) => {
  const table: [string, string, string][] = [
    ['02:30', '2026-10-25T00:29:59.999Z', '2026-10-24T00:30:00.000Z'],
    ['02:30', '2026-10-25T00:30:00Z', '2026-10-25T00:30:00.000Z'],
    ['02:30', '2026-10-25T01:29:59.999Z', '2026-10-25T00:30:00.000Z'],
    ['02:30', '2026-10-25T01:30:00Z', '2026-10-25T01:30:00.000Z'],
    ['03:00', '2026-10-25T02:00:00Z', '2026-10-25T02:00:00.000Z'],
    ['04:00', '2026-10-25T12:00:00Z', '2026-10-25T03:00:00.000Z'],
  ];
  for (const [time, instant, expected] of table) t.equal(latest(time, instant), expected, `${time} at ${instant}`);
});
