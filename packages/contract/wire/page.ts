import Type from 'typebox';
import { Timestamp } from '../values/identifiers.js';

/** Items per page if the request has no `limit`. */
export const DEFAULT_PAGE_ITEMS = 100;
export const MAX_PAGE_ITEMS = 1_000;

/** Members of every page besides its items. */
export const pageFields = {
  nextCursor: Type.Optional(
    Type.String({ description: 'Cursor of the next page; absent on the last. Earlier pages may be short, too' }),
  ),
};

export const DecisionPage = Type.Object(
  { items: Type.Array(Type.Ref('Decision#')), ...pageFields },
  { $id: 'DecisionPage', description: 'Decisions in chronological order' },
);

/** Denials that a gateway keeps in memory for each tenant. */
export const MOST_LATEST_DENIALS = 200;

export const LatestDenials = Type.Object(
  { asOf: Timestamp, items: Type.Array(Type.Ref('Decision#'), { maxItems: MOST_LATEST_DENIALS }) },
  { $id: 'LatestDenials', description: 'Latest denied swipes, newest first' },
);
