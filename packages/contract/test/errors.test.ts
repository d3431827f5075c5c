import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { ERROR_AREAS, PROBLEMS } from '../index.js';

const FOLDERS = ['packages', 'gateway', 'lambdas', 'simulator', 'infra', 'benchmarks'];
const SKIPPED = new Set(['node_modules', 'dist', 'test', 'testing']);

function* sourcesIn(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && !SKIPPED.has(entry.name)) yield* sourcesIn(path);
    else if (entry.name.endsWith('.ts') && path !== 'packages/contract/errors.ts') yield readFileSync(path, 'utf8');
  }
}

const SOURCES = FOLDERS.flatMap((folder) => Array.from(sourcesIn(folder)));
const LISTED = new Map(ERROR_AREAS.map(({ title, codes }) => [title, Object.keys(codes)]));

/** Codes of the error classes of a source: literals, unions of literals, and the named types of either. */
function codesIn(source: string): string[] {
  return Array.from(
    source.matchAll(/class \w+ extends Error \{[^}]*?readonly code(?::\s([^;=]+)| = ([^;]+));/g),
  ).flatMap(([, type = '', literal = '']) =>
    literalsOf(/^\w+$/.test(type) ? typeNamed(type, source) : type + literal, source),
  );
}

function typeNamed(name: string, source: string): string {
  return new RegExp(`type ${name} =([^;]+);`).exec(source)?.[1] ?? '';
}

function literalsOf(type: string, source: string): string[] {
  const table = /keyof typeof (\w+)/.exec(type)?.[1];
  if (table === undefined) return Array.from(type.matchAll(/'([^']+)'/g), ([, code = '']) => code);
  const rows = new RegExp(`const ${table} = \\{([\\s\\S]*?)\\n\\}`).exec(source)?.[1] ?? '';
  return Array.from(rows.matchAll(/^ {2}(\w+):/gm), ([, code = '']) => code);
}

function isQuoted(code: string): boolean {
  return SOURCES.some((source) => source.includes(`'${code}'`));
}

t.test('every code of an error class is listed, and every listed code is one of a class', async (t) => {
  const found = new Set(SOURCES.flatMap(codesIn));
  const listed = new Set(Array.from(LISTED).flatMap(([title, codes]) => (title === 'Changes' ? [] : codes)));
  t.ok(found.size > 60, `${found.size} codes`);
  t.same(
    Array.from(found).filter((code) => !listed.has(code)),
    [],
    'add these to packages/contract/errors.ts',
  );
  t.same(
    Array.from(listed).filter((code) => !found.has(code)),
    [],
    'remove these from packages/contract/errors.ts',
  );
});

t.test('the list has exactly the codes of kinesis-producer-lite, which does not import it', async (t) => {
  const source = readFileSync('packages/kinesis-producer-lite/api/errors.ts', 'utf8');
  t.same(LISTED.get('kinesis-producer-lite'), codesIn(source));
});

t.test('every problem and every rejection is used', async (t) => {
  for (const code of [...Object.keys(PROBLEMS), ...(LISTED.get('Changes') ?? [])]) t.ok(isQuoted(code), code);
});

t.test('every code says when it happens and what to do', async (t) => {
  const rows = ERROR_AREAS.flatMap(({ codes }) => Object.values(codes));
  for (const { title, remedy } of Object.values(PROBLEMS)) rows.push([title, remedy]);
  for (const [when, remedy] of rows) {
    t.match(when, /^\S.*[^.]$/, when);
    t.match(remedy, /^\S.*\.$/, remedy);
  }
});
