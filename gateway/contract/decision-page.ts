import Type from 'typebox';
import { pageFields } from './page.js';

export const DecisionPage = Type.Object(
  { items: Type.Array(Type.Ref('Decision#')), ...pageFields },
  { $id: 'DecisionPage', description: 'Decisions in the order of time' },
);
