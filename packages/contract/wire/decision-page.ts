import Type from 'typebox';
import { Timestamp } from '../values/identifiers.js';
import { pageFields } from './page.js';

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
