/**
 * Names of streams and tables in the local cloud. On AWS the stage is part of each name ({@link nameInStage}).
 * Environment variables override them.
 */
export const STREAMS = { swipes: 'swipes', decisions: 'decisions' } as const;

export const TABLES = {
  apiKeys: 'swipegate-api-keys',
  site: 'swipegate-site',
  cards: 'swipegate-cards',
  employees: 'swipegate-employees',
  presence: 'swipegate-presence',
  decisions: 'swipegate-decisions',
  doorEvents: 'swipegate-door-events',
  zoneState: 'swipegate-zone-state',
  readerContacts: 'swipegate-reader-contacts',
  occupancy: 'swipegate-occupancy',
  unreadable: 'swipegate-unreadable-records',
  changes: 'swipegate-changes',
  changeCursors: 'swipegate-change-cursors',
  deviceCommands: 'swipegate-device-commands',
  rollCalls: 'swipegate-roll-calls',
} as const;
/** Secondary indexes by table. */
export const INDEXES = {
  decisions: { byCard: 'by-card', byEmployee: 'by-employee', byReader: 'by-reader' },
  presence: { byBuilding: 'by-building' },
  doorEvents: { byDay: 'by-day' },
  employees: { byName: 'by-name' },
  changes: { byCard: 'by-card', byEmployee: 'by-employee', byTenant: 'by-tenant' },
  deviceCommands: { waiting: 'waiting' },
} as const;

export type TableName = keyof typeof TABLES;

/** Topic and queues of the back office. AWS requires that FIFO names end with .fifo. */
export const TOPICS = { changes: 'swipegate-changes.fifo' } as const;
export const QUEUES = {
  changes: 'swipegate-changes.fifo',
  changesDead: 'swipegate-changes-dead.fifo',
  stored: 'swipegate-stored-changes',
  storedDead: 'swipegate-stored-changes-dead',
  uploads: 'swipegate-uploads',
  uploadsDead: 'swipegate-uploads-dead',
} as const;
/** Names in the local cloud. On AWS, CloudFormation generates names, because they must be unique across all accounts. */
export const BUCKETS = {
  events: 'swipegate-events',
  uploads: 'swipegate-uploads',
  archive: 'swipegate-archive',
} as const;

/**
 * Name of a stream, table, queue or topic of a stage: `swipegate-STAGE-cards`. Two stages in one account and region
 * share no name.
 * @param stage undefined for the local cloud, which has no stages
 */
export function nameInStage(name: string, stage: string | undefined): string {
  return stage === undefined ? name : `swipegate-${stage}-${name.replace(/^swipegate-/, '')}`;
}
