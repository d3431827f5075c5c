import Type from 'typebox';

/** Items of a page, where the request does not say how many. */
export const DEFAULT_PAGE_ITEMS = 100;
export const MAX_PAGE_ITEMS = 1_000;

/** What every page of a list has besides its items. */
export const pageFields = {
  nextCursor: Type.Optional(
    Type.String({ description: 'Where the next page begins; absent on the last. A page may be short before that' }),
  ),
};
