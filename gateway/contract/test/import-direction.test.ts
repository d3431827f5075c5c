import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../../../..');

/** What the files of a room may import from other rooms, besides packages. */
const RULES: { room: string; mayImport: string[] }[] = [
  { room: 'gateway/kinesis-producer-lite', mayImport: [] },
  { room: 'gateway/contract', mayImport: [] },
  { room: 'gateway/intake', mayImport: ['gateway'] },
  { room: 'gateway', mayImport: ['gateway'] },
  // It answers users of the back office what the gateway answers operators, by the same routes.
  {
    room: 'lambdas/admin',
    mayImport: ['lambdas', 'gateway/contract', 'gateway/problem-details', 'gateway/queries', 'gateway/routes'],
  },
  // Of what a file asks for, the admin API must say the same.
  { room: 'lambdas/change-import', mayImport: ['lambdas', 'gateway/contract', 'gateway/intake/timestamp.js'] },
  { room: 'lambdas', mayImport: ['gateway/contract'] },
  { room: 'simulator', mayImport: ['gateway/contract', 'lambdas/dynamodb'] },
  // It tells in docs what the schemas of all programs say, and is part of none.
  { room: 'infra/reference', mayImport: ['infra', 'gateway', 'lambdas'] },
  { room: 'infra', mayImport: ['gateway/contract', 'simulator', 'lambdas'] },
];

/** Rooms of the gateway that must not look back: routes -> intake -> producer. */
const NEVER: { room: string; not: string[] }[] = [
  { room: 'gateway/intake', not: ['gateway/routes', 'gateway/app', 'gateway/gateway', 'gateway/main'] },
  { room: 'gateway/auth', not: ['gateway/routes', 'gateway/intake', 'gateway/app'] },
  { room: 'gateway/queries', not: ['gateway/routes', 'gateway/intake', 'gateway/app'] },
  { room: 'gateway/decisions', not: ['gateway/routes', 'gateway/intake', 'gateway/app'] },
];

function sources(folder: string): string[] {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !/(^|[\\/])(node_modules|dist|test)[\\/]/.test(path))
    .map((path) => join(folder, path));
}

function importsOf(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8');
  return Array.from(text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g), ([, path]) =>
    relative(root, resolve(root, dirname(file), path ?? ''))
      .split(sep)
      .join('/'),
  );
}

const within = (path: string, room: string) => path === room || path.startsWith(`${room}/`) || path === `${room}.js`;

t.test('imports run one way', async (t) => {
  let read = 0;
  for (const top of ['gateway', 'lambdas', 'simulator', 'infra']) {
    for (const file of sources(top)) {
      const rule = RULES.find(({ room }) => within(file, room));
      if (rule === undefined) continue;
      read += 1;
      for (const target of importsOf(file)) {
        const allowed = within(target, rule.room) || rule.mayImport.some((room) => within(target, room));
        if (!allowed) t.fail(`${file} must not import ${target}`);
        const never = NEVER.find(({ room }) => within(file, room));
        if (never?.not.some((room) => within(target, room))) t.fail(`${file} must not look back at ${target}`);
      }
    }
  }
  t.ok(read > 40, `${read} files read`);
});
