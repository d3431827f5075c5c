import { createHash } from 'node:crypto';
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

type Value = string | number | boolean | null | Value[] | { [member: string]: Value };

interface Resource {
  Type: string;
  Properties?: { [property: string]: Value };
}

export interface CloudTemplate {
  Resources: { [id: string]: Resource };
  [section: string]: unknown;
}

/**
 * Returns a template without resources of these types, which an emulator does not know. A reference to a fan-out
 * consumer becomes one to its stream: a function then polls the stream.
 */
export function leaveOut(template: CloudTemplate, types: ReadonlySet<string>): CloudTemplate {
  const gone = new Map(Object.entries(template.Resources).filter(([, { Type }]) => types.has(Type)));
  const kept = Object.entries(template.Resources).filter(([id]) => !gone.has(id));
  const copy: CloudTemplate = JSON.parse(JSON.stringify({ ...template, Resources: Object.fromEntries(kept) }), revive);
  return copy;

  function revive(member: string, value: Value): Value | undefined {
    if (member === 'DependsOn') {
      const left = [value].flat().filter((id) => !gone.has(String(id)));
      return left.length === 0 ? undefined : left;
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    const attribute = value['Fn::GetAtt'];
    const properties = Array.isArray(attribute) ? gone.get(String(attribute[0]))?.Properties : undefined;
    return properties?.['StreamARN'] ?? value;
  }
}

/**
 * Copies a cloud assembly (cdk.out) without resources of these types. A changed template gets a new hash, because the
 * CDK skips files that it has uploaded before.
 */
export function copyWithout(from: string, to: string, types: ReadonlySet<string>): void {
  rmSync(to, { recursive: true, force: true });
  cpSync(from, to, { recursive: true });
  const files = readdirSync(to);
  const hashes = new Map<string, string>();
  for (const name of files.filter((file) => file.endsWith('.template.json'))) {
    const text = readFileSync(join(to, name));
    const changed = JSON.stringify(leaveOut(JSON.parse(text.toString()), types), undefined, 1);
    writeFileSync(join(to, name), changed);
    hashes.set(sha256(text), sha256(changed));
  }
  for (const name of files.filter((file) => file.endsWith('.assets.json') || file === 'manifest.json')) {
    let text = readFileSync(join(to, name), 'utf8');
    for (const [before, after] of hashes) text = text.replaceAll(before, after);
    writeFileSync(join(to, name), text);
  }
}

function sha256(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
