/** Form of a parameter's value. `exits` is READER=ZONE,… or empty. */
export type ParameterForm = 'day' | 'moment' | 'card' | 'building' | 'exits';
type Parameter = readonly [label: string, form: ParameterForm];

/** A named query over the archive. `?` stands for its parameters, in order. */
export interface SavedQuery {
  name: string;
  /** Description of each `?`. */
  parameters: readonly string[];
  /** Form of each `?`. */
  forms: readonly ParameterForm[];
  description: string;
  sql: string;
}

/** Inclusive days of arrival on the stream, in UTC, such as 2026-11-25. */
const DAYS: readonly Parameter[] = [
  ['first day', 'day'],
  ['last day', 'day'],
];

/** The time that the rules used: the reader's clock, unless it was too far off. */
const HAPPENED_AT = "CASE timebasis WHEN 'readAt' THEN readat ELSE receivedat END";

/**
 * Saved in the workgroup. Each query selects days, because Athena charges for every byte that it reads, and counts
 * duplicates once, because Firehose delivers at least once. Times may have any offset, so they are compared as
 * instants. SQL of Athena (https://docs.aws.amazon.com/athena/latest/ug/functions-env3.html), also run by DuckDB.
 */
export const SAVED_QUERIES: readonly SavedQuery[] = [
  saved(
    'One card’s history',
    [...DAYS, ['card', 'card']],
    `WITH once AS (
  SELECT DISTINCT tenantid, swipeid, readerid, direction, outcome, reason, employeeid,
    ${HAPPENED_AT} AS happenedat
  FROM decisions
  WHERE day BETWEEN ? AND ? AND cardid = ?
)
SELECT happenedat, readerid, direction, outcome, reason, employeeid, swipeid, tenantid
FROM once
ORDER BY from_iso8601_timestamp(happenedat), swipeid`,
  ),
  saved(
    'Busiest doors',
    DAYS,
    `WITH once AS (
  SELECT DISTINCT tenantid, swipeid, cardid, readerid, outcome
  FROM decisions
  WHERE day BETWEEN ? AND ?
)
SELECT readerid, count(*) AS swipes, count_if(outcome = 'denied') AS denied, tenantid
FROM once
GROUP BY tenantid, readerid
ORDER BY swipes DESC, tenantid, readerid
LIMIT 50`,
  ),
  saved(
    'Denials by reason',
    DAYS,
    `WITH once AS (
  SELECT min(day) AS day, tenantid, swipeid, cardid, reason
  FROM decisions
  WHERE day BETWEEN ? AND ? AND outcome = 'denied'
  GROUP BY tenantid, swipeid, cardid, reason
)
SELECT day, reason, count(*) AS denials, count(DISTINCT cardid) AS cards, tenantid
FROM once
GROUP BY day, tenantid, reason
ORDER BY day, denials DESC, tenantid, reason`,
  ),
  /*
   * Follows isMove and movedInstant in lambdas/decide/rules/moves.ts: a grant moves the cardholder, a late exit or an
   * offline grant only if it is later than their last move, and a repeat moves no one. The result is therefore the
   * latest of the last grant or late exit in the stream and the offline grants after it; among equals, the first in
   * the stream.
   */
  saved(
    'People inside at a moment',
    [
      ['first day to read', 'day'],
      ['day after the moment', 'day'],
      ['moment (RFC 3339)', 'moment'],
      ['building', 'building'],
      ['exits into another zone: READER=ZONE,… by outerZoneId, or empty', 'exits'],
    ],
    `WITH moves AS (
  SELECT DISTINCT tenantid, cardid, employeeid, buildingid, zoneid, readerid, direction, sequence, outcome,
    ${HAPPENED_AT} AS since, from_iso8601_timestamp(receivedat) AS received,
    outcome = 'recorded' AND offlineoutcome IS NOT NULL AS offline,
    max(CASE WHEN outcome = 'granted' THEN sequence ELSE '' END) OVER (PARTITION BY tenantid, cardid) AS lastgrant
  FROM decisions
  WHERE day BETWEEN ? AND ? AND from_iso8601_timestamp(decidedat) <= from_iso8601_timestamp(?)
    AND buildingid IS NOT NULL AND repeatof IS NULL
    AND (outcome = 'granted'
      OR outcome = 'recorded' AND (offlineoutcome = 'granted' OR offlineoutcome IS NULL AND direction = 'out'))
), asked AS (
  SELECT CAST(? AS varchar) AS building, CAST(? AS varchar) AS exits
), placed AS (
  SELECT moves.*, building,
    CASE direction
      WHEN 'in' THEN zoneid
      ELSE nullif(split_part(split_part(',' || exits, ',' || readerid || '=', 2), ',', 1), '')
    END AS place
  FROM moves CROSS JOIN asked
  WHERE sequence >= lastgrant
), timed AS (
  SELECT *,
    CASE
      WHEN place IS NOT NULL AND NOT offline THEN received
      ELSE least(from_iso8601_timestamp(since), received)
    END AS moved
  FROM placed
), compared AS (
  SELECT *,
    max(moved) OVER (
      PARTITION BY tenantid, cardid ORDER BY sequence ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ) AS movedbefore
  FROM timed
), counted AS (
  SELECT *,
    max(CASE WHEN offline THEN '' ELSE sequence END) OVER (PARTITION BY tenantid, cardid) AS lastlive
  FROM compared
  WHERE offline OR outcome = 'granted' OR movedbefore IS NULL OR received > movedbefore
), ranked AS (
  SELECT *, row_number() OVER (PARTITION BY tenantid, cardid ORDER BY moved DESC, sequence) AS latest
  FROM counted
  WHERE sequence >= lastlive
)
SELECT cardid, employeeid, place AS zoneid, since, tenantid
FROM ranked
WHERE latest = 1 AND buildingid = building AND place IS NOT NULL
ORDER BY from_iso8601_timestamp(since), tenantid, cardid`,
  ),
  // A file is in the folder of its oldest record, so a decision may be in the folder of the day before its swipe's.
  // A line that is not JSON is a row of nulls.
  saved(
    'Swipes that were never decided',
    [...DAYS, ['day before the first day (no rows: every swipe is decided)', 'day']],
    `WITH swiped AS (
  SELECT DISTINCT tenantid, swipeid, cardid, readerid, readat
  FROM swipes
  WHERE day BETWEEN ? AND ? AND kind IS NULL AND swipeid IS NOT NULL
), decided AS (
  SELECT DISTINCT tenantid, swipeid, cardid
  FROM decisions
  WHERE day >= ?
)
SELECT s.tenantid, s.swipeid, s.cardid, s.readerid, s.readat
FROM swiped s
LEFT JOIN decided d ON d.tenantid = s.tenantid AND d.swipeid = s.swipeid AND d.cardid = s.cardid
WHERE d.swipeid IS NULL
ORDER BY s.readat, s.swipeid`,
  ),
];

function saved(name: string, described: readonly Parameter[], sql: string): SavedQuery {
  const parameters = described.map(([label]) => label);
  const forms = described.map(([, form]) => form);
  return { name, parameters, forms, description: `Parameters: ${parameters.join(', ')}`, sql };
}
