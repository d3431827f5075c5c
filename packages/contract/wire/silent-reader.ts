import Type from 'typebox';
import { BuildingId } from '../tables/site.js';
import { ReaderId, Timestamp } from '../values/identifiers.js';
import { pageFields } from './page.js';

export const SilentReader = Type.Object({
  readerId: ReaderId,
  door: Type.String(),
  buildingId: BuildingId,
  heardAt: Type.Union([Timestamp, Type.Null()], { description: 'When the reader was last heard from; null: never' }),
});
export type SilentReader = Type.Static<typeof SilentReader>;

export const SilentReaderPage = Type.Object(
  {
    asOf: Timestamp,
    minutes: Type.Integer(),
    items: Type.Array(SilentReader, { description: 'Sorted by readerId' }),
    ...pageFields,
  },
  { $id: 'SilentReaderPage', description: 'Readers not heard from' },
);
export type SilentReaderPage = Type.Static<typeof SilentReaderPage>;
