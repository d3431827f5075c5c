import Type from 'typebox';

const UUID_OR_ULID =
  '^(?:[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}|[0-7][0-9A-HJKMNP-TV-Z]{25})$';

/** Lower- or upper-case UUID of any version (RFC 9562) or a ULID; UUIDv7 and ULID keep swipes roughly sorted by time. */
export const SwipeId = Type.String({
  pattern: UUID_OR_ULID,
  description:
    'Made by the reader, the idempotency key of one swipe of one card: a UUID (v7 preferred) or a ULID. Compared as it is ' +
    'written: the same in another case is another',
  examples: ['0193a1d2-7c1e-7000-8000-000000000001'],
});

/** Of the same form as a {@link SwipeId}. */
export const EventId = Type.String({
  pattern: UUID_OR_ULID,
  description: 'Made by the reader, the idempotency key of the event: a UUID (v7 preferred) or a ULID',
  examples: ['0193a1d2-7c1e-7000-8000-000000000002'],
});

const NAME = '^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$';

/** Identifier of a reader, card, employee, building, zone …: 1 to 64 of A-Z a-z 0-9 . _ : - */
export function identifier(description: string, example: string) {
  return Type.String({ pattern: NAME, description, examples: [example] });
}

export const ReaderId = identifier('The reader at which the card was shown', 'hq-north-in-1');
export const CardId = identifier('The credential as the reader read it', 'card-00042');
export const TenantId = identifier('The organisation that owns readers and cards', 'demo');

/** RFC 3339 date-time with an offset: what a clock somewhere really said. */
export const Timestamp = Type.String({
  pattern: '^\\d{4}-\\d{2}-\\d{2}[Tt]\\d{2}:\\d{2}:\\d{2}(?:\\.\\d{1,9})?(?:[Zz]|[+-]\\d{2}:\\d{2})$',
  description: 'RFC 3339 date-time with an offset',
  examples: ['2026-11-24T08:15:30.250Z'],
});

export const Direction = Type.Enum(['in', 'out']);
export type Direction = Type.Static<typeof Direction>;

/**
 * Keys of one tenant's rows and records. Everything is keyed by tenant first, so that the same card number or swipeId in
 * two tenants never meets: not in a table, not in a shard's order, not in deduplication.
 */
export function tenantKey(tenantId: string, id: string): string {
  return `${tenantId}/${id}`;
}
