import type { AdminRole } from '@swipegate/contract';
import type { LocalUser } from './users.js';

/** Fictional users: one for each role of tenant `demo`, and one of another tenant, who must not see its data. */
export const DEMO_USERS: readonly LocalUser[] = [
  demoUser('4f1c2a9e-5b7d-4c3a-9e21-7d0c5a8b6f10', 'Hanna Reyes', 'demo', 'hr'),
  demoUser('5d27c8e1-94b3-4f60-a8d5-3b1e7f92c046', 'Gabriel Moreau', 'demo', 'guard'),
  demoUser('8a3d6e57-0c94-4b1f-8d72-1e9f4c2b7a35', 'Samuel Okafor', 'demo', 'security'),
  demoUser('c27b90f4-63ae-4d58-a10b-5f8e3d7c9142', 'Aylin Kaya', 'demo', 'auditor'),
  demoUser('e95d1b28-7f40-4a6c-b3d9-2c8a6f0e5b71', 'Anders Lindgren', 'demo', 'admin'),
  demoUser('1b6e8c03-d2f5-4987-9c4e-a7053f1d8e26', 'Olga Novak', 'other', 'hr'),
];

function demoUser(sub: string, name: string, tenantId: string, role: AdminRole): LocalUser {
  const [username = '', surname] = name.toLowerCase().split(' ');
  const email = `${username}.${surname}@${tenantId}.example`;
  return { sub, username, name, email, groups: [`${tenantId}:${role}`] };
}
