/** A question to the archive that is asked again and again. `?` are its parameters, in their order. */
export interface SavedQuery {
  name: string;
  description: string;
  sql: string;
}

/** Saved in the workgroup. Each names days, for a query reads, and costs, all that it does not leave out. */
export const SAVED_QUERIES: readonly SavedQuery[] = [
  {
    name: 'One card’s history',
    description: 'Parameters: first day, last day, card',
    sql: `SELECT readat, readerid, direction, outcome, reason, employeeid, swipeid
FROM decisions
WHERE day BETWEEN ? AND ? AND cardid = ?
ORDER BY readat`,
  },
  {
    name: 'Busiest doors',
    description: 'Parameters: first day, last day',
    sql: `SELECT readerid, count(*) AS swipes, count_if(outcome = 'denied') AS denied
FROM decisions
WHERE day BETWEEN ? AND ?
GROUP BY readerid
ORDER BY swipes DESC
LIMIT 50`,
  },
  {
    name: 'Denials by reason',
    description: 'Parameters: first day, last day',
    sql: `SELECT day, reason, count(*) AS denials, count(DISTINCT cardid) AS cards
FROM decisions
WHERE day BETWEEN ? AND ? AND outcome = 'denied'
GROUP BY day, reason
ORDER BY day, denials DESC`,
  },
  {
    name: 'People inside at a moment',
    description: 'Parameters: first day to look at, the day of the moment, the moment (RFC 3339, UTC), building',
    sql: `WITH moves AS (
  SELECT cardid, employeeid, buildingid, zoneid, direction, readat,
    row_number() OVER (PARTITION BY cardid ORDER BY sequence DESC) AS latest
  FROM decisions
  WHERE day BETWEEN ? AND ? AND outcome = 'granted' AND decidedat <= ?
)
SELECT cardid, employeeid, zoneid, readat AS since
FROM moves
WHERE latest = 1 AND direction = 'in' AND buildingid = ?
ORDER BY since`,
  },
  {
    name: 'Swipes that were never decided',
    description: 'Parameters: first day, last day. Empty is right',
    sql: `SELECT s.tenantid, s.swipeid, s.cardid, s.readerid, s.readat
FROM swipes s
LEFT JOIN decisions d ON d.tenantid = s.tenantid AND d.swipeid = s.swipeid AND d.cardid = s.cardid AND d.day >= s.day
WHERE s.day BETWEEN ? AND ? AND s.kind IS NULL AND d.swipeid IS NULL`,
  },
];
