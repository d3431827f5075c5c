import Type from 'typebox';
import { Card, Employee, Place } from '../tables/site.js';
import { identifier } from '../values/identifiers.js';
import { pageFields } from '../wire/page.js';
import { EntryVersion } from './change.js';

/** Roles in the back office: the second half of a user pool group `TENANT:ROLE`. */
export const ADMIN_ROLES = ['hr', 'guard', 'security', 'auditor', 'admin'] as const;

export const AdminRole = Type.Enum([...ADMIN_ROLES], { description: 'Role of a user of the admin API' });
export type AdminRole = Type.Static<typeof AdminRole>;

/** User of the admin API, stored as the author of a change: Cognito's `sub`, a UUID. */
export const UserId = identifier('A user of the admin API', '4f1c2a9e-5b7d-4c3a-9e21-7d0c5a8b6f10');

/** Whether the cardholder is inside. `place` is returned only to users who may see movements. */
export const CardPresence = Type.Object({ inside: Type.Boolean(), place: Type.Optional(Place) });
export type CardPresence = Type.Static<typeof CardPresence>;

export const CardWithPresence = Type.Object(
  { ...Card.properties, version: EntryVersion, presence: CardPresence },
  { $id: 'CardWithPresence', description: 'A card, and whether its cardholder is inside' },
);
export type CardWithPresence = Type.Static<typeof CardWithPresence>;

export const EmployeeSummary = Type.Object({ ...Employee.properties, cards: Type.Array(Card) });
export type EmployeeSummary = Type.Static<typeof EmployeeSummary>;

export const EmployeePage = Type.Object(
  { items: Type.Array(EmployeeSummary), ...pageFields },
  { $id: 'EmployeePage', description: 'Employees, sorted by name' },
);
export type EmployeePage = Type.Static<typeof EmployeePage>;

export const EmployeeDetail = Type.Object(
  { ...Employee.properties, version: EntryVersion, cards: Type.Array(Type.Ref('CardWithPresence#')) },
  { $id: 'EmployeeDetail', description: 'An employee with their cards' },
);
export type EmployeeDetail = Type.Static<typeof Employee> & { version: string; cards: CardWithPresence[] };
