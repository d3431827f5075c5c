import Type from 'typebox';
import { identifier } from '../values/identifiers.js';

/** Roles in the back office: the second half of a user pool group `TENANT:ROLE`. */
export const ADMIN_ROLES = ['hr', 'security', 'auditor', 'admin'] as const;

export const AdminRole = Type.Enum([...ADMIN_ROLES], { description: 'Role of a user of the admin API' });
export type AdminRole = Type.Static<typeof AdminRole>;

/** User of the admin API, stored as the author of a change: Cognito's `sub`, a UUID. */
export const UserId = identifier('A user of the admin API', '4f1c2a9e-5b7d-4c3a-9e21-7d0c5a8b6f10');
