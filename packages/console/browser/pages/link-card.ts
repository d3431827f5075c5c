import type { Building, Employee, Zone } from '@swipegate/contract';
import { path } from '../api/api.js';
import type { ChangeTracker } from '../widgets/change-tracker.js';
import { selectField, timeField } from '../widgets/fields.js';
import { cardNumberFields, employeeField, readNumbering } from './card-fields.js';
import type { PageContext } from './page.js';

interface LinkCardOptions {
  /** Undefined: the form asks for them. */
  employee?: Pick<Employee, 'employeeId' | 'name'>;
  /** To begin with: the id or the number of the card, and how it is known. */
  card?: { number: string; said?: string; buildingId?: string | undefined };
  buildings: readonly Building[];
  zones: readonly Zone[];
  settled(): void;
}

/** Shows the form that links a card to an employee, with the place where the employee is now. */
export async function askLinkCard(
  { api, signal }: Pick<PageContext, 'api' | 'signal'>,
  tracker: ChangeTracker,
  { employee, card, buildings, zones, settled }: LinkCardOptions,
): Promise<void> {
  const number = cardNumberFields(await readNumbering(api, signal), card?.number);
  const person = employee === undefined ? employeeField(api, signal) : undefined;
  const buildingId = selectField({
    name: 'buildingId',
    label: 'Building where the employee is now',
    options: buildings.map((building) => ({ value: building.buildingId, label: building.name })),
    value: card?.buildingId,
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
  const consequence = 'From then on the employee counts as inside the building. The card lets them out, and in again.';
  await tracker.ask({
    title: employee === undefined ? 'Link a card' : `Link a card to ${employee.name}`,
    text: card?.said === undefined ? consequence : `${card.said} ${consequence}`,
    submitLabel: 'Link card',
    fields: [...(person === undefined ? [] : [person]), ...number.fields, buildingId, zoneId, validFrom, validUntil],
    request: async (why) => ({
      method: 'POST',
      path: path('cards', number.cardId(), 'link'),
      body: {
        employeeId: employee?.employeeId ?? (await person?.chosen()) ?? '',
        buildingId: buildingId.read(),
        zoneId: zoneId.read() || undefined,
        validFrom: validFrom.read(),
        validUntil: validUntil.read(),
        why,
      },
    }),
    settled,
  });
}
