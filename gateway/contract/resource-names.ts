/** Names of streams and tables, where no environment variable says otherwise. */
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
} as const;
/** Secondary indexes, by their table. */
export const INDEXES = {
  decisions: { byCard: 'by-card', byEmployee: 'by-employee', byReader: 'by-reader' },
  presence: { byBuilding: 'by-building' },
  doorEvents: { byDay: 'by-day' },
} as const;

export type TableName = keyof typeof TABLES;
