/** Default names of streams and tables; environment variables override them. */
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
} as const;
/** Secondary indexes by table. */
export const INDEXES = {
  decisions: { byCard: 'by-card', byEmployee: 'by-employee', byReader: 'by-reader' },
  presence: { byBuilding: 'by-building' },
  doorEvents: { byDay: 'by-day' },
  employees: { byName: 'by-name' },
  changes: { byCard: 'by-card', byEmployee: 'by-employee', byTenant: 'by-tenant' },
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
/** Default names; environment variables override them. On AWS, CDK generates names: they must be globally unique. */
export const BUCKETS = {
  events: 'swipegate-events',
  uploads: 'swipegate-uploads',
  archive: 'swipegate-archive',
} as const;
