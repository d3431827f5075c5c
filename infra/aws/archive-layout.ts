import { Decision, SwipeMessage } from '../../gateway/contract/index.js';

/** What is archived: a folder each. */
export type ArchivedKind = 'swipes' | 'decisions';

/** First day of the archive; before it nothing was swiped. */
const FIRST_DAY = '2026-01-01';

/**
 * Columns of each kind, as Athena has them: the members of what is on the stream. Members that are objects stay JSON.
 * Door events travel on the swipes stream as well, and have `kind` and members of their own.
 */
export const ARCHIVED: Readonly<Record<ArchivedKind, Readonly<Record<string, string>>>> = {
  swipes: {
    ...columnsOf(SwipeMessage.properties),
    kind: 'string',
    eventid: 'string',
    type: 'string',
    occurredat: 'string',
  },
  decisions: columnsOf(Decision.properties),
};

/** Where Firehose puts files: KIND/day=2026-11-25/08/…, by when they came. */
export function archivePrefix(kind: ArchivedKind): string {
  return `${kind}/day=!{timestamp:yyyy-MM-dd}/!{timestamp:HH}/`;
}

/**
 * Table parameters by which Athena computes the folders that a query's `day` names, instead of being told of each.
 * https://docs.aws.amazon.com/athena/latest/ug/partition-projection-supported-types.html
 */
export function partitionProjection(location: string): Record<string, string> {
  return {
    'projection.enabled': 'true',
    'projection.day.type': 'date',
    'projection.day.format': 'yyyy-MM-dd',
    'projection.day.range': `${FIRST_DAY},NOW`,
    'projection.day.interval': '1',
    'projection.day.interval.unit': 'DAYS',
    'storage.location.template': `${location}day=\${day}/`,
  };
}

/** Athena's names are lower case, whatever the JSON's. */
function columnsOf(properties: Readonly<Record<string, object>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(properties).map(([name, schema]) => {
      const type: unknown = Reflect.get(schema, 'type');
      return [name.toLowerCase(), type === 'integer' ? 'bigint' : type === 'boolean' ? 'boolean' : 'string'];
    }),
  );
}
