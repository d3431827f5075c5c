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
} as const;
export type TableName = keyof typeof TABLES;
