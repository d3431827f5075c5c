import type { Building, EmployeeDetail, Zone } from '@swipegate/contract';
import { path } from './api.js';
import { askWhy } from './ask-why.js';
import type { ChangeTracker } from './change-tracker.js';
import { selectField, textField, timeField } from './fields.js';
import type { PageContext } from './page-context.js';

export interface LinkCardChoices {
  employee: EmployeeDetail;
  buildings: readonly Building[];
  zones: readonly Zone[];
  settled(): void;
}

/** Shows the form that links a card to an employee, with the place where the employee is now. */
export function askLinkCard(
  context: PageContext,
  tracker: ChangeTracker,
  { employee: { employeeId, name }, buildings, zones, settled }: LinkCardChoices,
): Promise<void> {
  const cardId = textField({
    name: 'cardId',
    label: 'Card',
    hint: 'Card id exactly as the reader reads it. Example: card-00042.',
    maxLength: 64,
  });
  const buildingId = selectField({
    name: 'buildingId',
    label: 'Building where the employee is now',
    options: buildings.map((building) => ({ value: building.buildingId, label: building.name })),
  });
  const zoneId = selectField({
    name: 'zoneId',
    label: 'Zone',
    isOptional: true,
    options: [
      { value: '', label: 'Behind the building’s entrances' },
      ...zones.map((zone) => ({ value: zone.zoneId, label: `${zone.name} (${zone.buildingId})` })),
    ],
  });
  const validFrom = timeField({ name: 'validFrom', label: 'Valid from' });
  const validUntil = timeField({ name: 'validUntil', label: 'Valid until' });
  return askWhy(context, tracker, {
    title: `Link a card to ${name}`,
    text: 'The employee is recorded as inside the building, and can leave it with this card.',
    submitLabel: 'Link card',
    fields: [cardId, buildingId, zoneId, validFrom, validUntil],
    request: (why) => {
      const optional = {
        zoneId: zoneId.read() || undefined,
        validFrom: validFrom.read(),
        validUntil: validUntil.read(),
      };
      const given = Object.entries(optional).filter(([, value]) => value !== undefined);
      const body = { employeeId, buildingId: buildingId.read(), ...Object.fromEntries(given), why };
      return { method: 'POST', path: path('cards', cardId.read() ?? '', 'link'), body };
    },
    settled,
  });
}
