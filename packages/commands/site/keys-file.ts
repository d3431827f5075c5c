import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { compile, jsonIn } from '@swipegate/contract';
import { replaceJsonFile } from '@swipegate/terminal/json-file';
import { messageOf } from '@swipegate/terminal/message-of';
import Type from 'typebox';
import type { KeyKind } from './changes.js';

/** A keys file cannot be read or written. */
export class KeysFileError extends Error {
  override readonly name = 'KeysFileError';
  readonly code = 'KEYS_FILE_UNUSABLE';
}

/** Whose key it is: the id of a reader or a device, or the name of an operator's key. */
export interface KeyOwner {
  kind: KeyKind;
  id: string;
}

const MEMBERS = { 'reader-keys': 'keys', 'device-keys': 'devices', 'operator-keys': 'operators' } as const;

/** The members that the command writes. Others, such as those of `npm start`, stay. */
const Members = Type.Object({
  keys: Type.Optional(Type.Record(Type.String(), Type.String())),
  devices: Type.Optional(Type.Record(Type.String(), Type.String())),
  operators: Type.Optional(Type.Record(Type.String(), Type.String())),
  issuing: Type.Optional(
    Type.Array(
      Type.Object({
        kind: Type.Enum(['reader-keys', 'device-keys', 'operator-keys']),
        id: Type.String(),
        changeId: Type.String(),
      }),
    ),
  ),
});
type Members = Type.Static<typeof Members>;
const isMembers = compile(Members);

/**
 * Where `apply` writes the keys that it issues. The API shows a key once, so the file says beforehand which key is being
 * issued: if its answer is lost, the next run revokes that key and issues another.
 */
export class KeysFile {
  readonly path: string;
  #content: Members;

  private constructor(path: string, content: Members) {
    this.path = path;
    this.#content = content;
  }

  /** Reads the file, and checks that it can be written. @throws {KeysFileError} */
  static async open(file: string): Promise<KeysFile> {
    const path = resolve(file);
    const content = await readFile(path).then(jsonIn, (error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {};
      throw new KeysFileError(`${file} cannot be read (${messageOf(error)}): name another file with --keys.`);
    });
    if (!isMembers(content)) {
      throw new KeysFileError(`${file} is not a keys file, so it is not overwritten: name another file with --keys.`);
    }
    const keys = new KeysFile(path, content);
    await keys.#write();
    return keys;
  }

  /** Keys whose answer an earlier run did not get. */
  get issuing(): readonly (KeyOwner & { changeId: string })[] {
    return this.#content.issuing ?? [];
  }

  async begin(owner: KeyOwner, changeId: string): Promise<void> {
    this.#content = { ...this.#content, issuing: [...this.issuing, { kind: owner.kind, id: owner.id, changeId }] };
    await this.#write();
  }

  /** Ends what `begin` began. @param key undefined: there is none */
  async end({ kind, id }: KeyOwner, changeId: string, key: string | undefined): Promise<void> {
    const { issuing = [], ...others } = this.#content;
    const left = issuing.filter((each) => each.changeId !== changeId);
    const member = MEMBERS[kind];
    this.#content = {
      ...others,
      ...(key !== undefined && { [member]: { ...others[member], [id]: key } }),
      ...(left.length > 0 && { issuing: left }),
    };
    await this.#write();
  }

  async #write(): Promise<void> {
    try {
      await replaceJsonFile(this.path, this.#content);
    } catch (error) {
      throw new KeysFileError(`${this.path} cannot be written (${messageOf(error)}): name another file with --keys.`);
    }
  }
}
