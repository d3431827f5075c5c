import type { CardFormat, Reader } from '@swipegate/contract';

/** The card format that most readers of a building have, or of the site if the building has none. Undefined without any. */
export function usualFormat(readers: readonly Reader[], buildingId: string): CardFormat | undefined {
  const near = readers.filter((reader) => reader.buildingId === buildingId);
  const counts = new Map<CardFormat, number>();
  for (const { cardFormat = 'as-sent' } of near.length > 0 ? near : readers) {
    counts.set(cardFormat, (counts.get(cardFormat) ?? 0) + 1);
  }
  const [usual] = [...counts].sort(([, a], [, b]) => b - a);
  return usual?.[0];
}
