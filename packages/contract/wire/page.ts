import Type from 'typebox';

/** Items per page if the request has no `limit`. */
export const DEFAULT_PAGE_ITEMS = 100;
export const MAX_PAGE_ITEMS = 1_000;

/** Members of every page besides its items. */
export const pageFields = {
  nextCursor: Type.Optional(
    Type.String({ description: 'Cursor of the next page; absent on the last. Earlier pages may be short, too' }),
  ),
};
