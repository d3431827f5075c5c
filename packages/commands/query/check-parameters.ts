import { BuildingId, CardId, compile } from '@swipegate/contract';
import { day, instant, OptionError } from '@swipegate/terminal/options';
import type { ParameterForm, SavedQuery } from './saved-queries.js';

const isCard = compile(CardId);
const isBuilding = compile(BuildingId);
const EXITS = /^(?:[\w.:-]+=[\w.:-]+(?:,[\w.:-]+=[\w.:-]+)*)?$/;
const ID = 'write 1 to 64 letters, digits or . _ : -, starting with a letter or digit';

const CHECKS: Readonly<Record<ParameterForm, (label: string, value: string) => unknown>> = {
  day: (label, value) => day(`the ${label}`, value),
  moment: (_, value) => instant('the moment', value),
  card: (_, value) => isCard(value) || refuse(`the card ${value} is not a card id: ${ID}.`),
  building: (_, value) => isBuilding(value) || refuse(`the building ${value} is not a building id: ${ID}.`),
  exits: (_, value) =>
    EXITS.test(value) || refuse(`the exits ${value} are not READER=ZONE,READER=ZONE: write '' for none.`),
};

function refuse(message: string): never {
  throw new OptionError(message);
}

/**
 * Checks the form of each parameter and the order of the days. A database compares days as text, so a mistyped one
 * would select wrong rows, or none. @throws {OptionError}
 */
export function checkParameters(
  { forms, parameters }: Pick<SavedQuery, 'forms' | 'parameters'>,
  values: readonly string[],
): void {
  // Without the explanation in brackets.
  const labels = parameters.map((label) => label.replace(/ \(.*$/, ''));
  for (const [i, form] of forms.entries()) CHECKS[form](labels[i] ?? '', values[i] ?? '');
  const [from = '', until = '', before] = values.filter((_, i) => forms[i] === 'day');
  if (until < from)
    refuse(`the ${labels[1]} ${until} is before the ${labels[0]} ${from}: write the earlier day first.`);
  if (before !== undefined && before >= from) {
    refuse(`the ${labels[2]} ${before} is not before ${from}: a decision may be in the file of the day before.`);
  }
  const moment = values[forms.indexOf('moment')];
  if (moment === undefined) return;
  const on = new Date(moment).toISOString().slice(0, 10);
  if (on < from || on > until)
    refuse(`the moment ${moment} is not within ${from} to ${until}, the days to read (UTC).`);
}
