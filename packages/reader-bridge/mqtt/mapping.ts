import type { Direction } from '@swipegate/contract';
import Type from 'typebox';
import { objectIn, type Said, textOf } from './message.js';

const Member = (description: string) => Type.Optional(Type.String({ minLength: 1, maxLength: 64, description }));

/** Where the messages of any reader say what. Members of objects within objects are written with dots. */
export const Mapping = Type.Object(
  {
    card: Member('Member with the number of the card. Absent: the message is the number'),
    door: Member('Member with the door. Absent: the last level of the topic that the filter leaves open'),
    direction: Member('Member that says in or out. Absent: in'),
    id: Member('Member with an id or a time that no other message has: what is sent again counts once'),
    outcome: Member('Member with what the reader has decided by itself. Absent: it waits for an answer'),
    granted: Type.Optional(
      Type.Array(Type.String(), {
        description: 'Values of `outcome` with which the reader has opened. Default: granted',
      }),
    ),
  },
  { additionalProperties: false },
);
export type Mapping = Type.Static<typeof Mapping>;

const LONGEST_CARD = 128;

/** Reads a message by a mapping. @param filter of the subscription, for the door @returns undefined if there is no card */
export function mappedMessage(mapping: Mapping, filter: string, topic: string, text: string): Said | undefined {
  const message = mapping.card === undefined ? undefined : objectIn(text);
  const at = (path: string | undefined): string | undefined =>
    path === undefined || message === undefined ? undefined : textOf(memberAt(message, path));
  const card = mapping.card === undefined ? textOf(text) : at(mapping.card);
  if (card === undefined || card.length > LONGEST_CARD) return undefined;
  const direction: Direction = at(mapping.direction)?.toLowerCase() === 'out' ? 'out' : 'in';
  const door = mapping.door === undefined ? openLevelOf(filter, topic) : at(mapping.door);
  const said = { kind: 'card' as const, door, card, direction, mark: at(mapping.id) };
  if (mapping.outcome === undefined) return { ...said, outcome: undefined };
  const isGranted = (mapping.granted ?? ['granted']).includes(at(mapping.outcome) ?? '');
  return { ...said, outcome: isGranted ? 'granted' : 'denied' };
}

function memberAt(message: Readonly<Record<string, unknown>>, path: string): unknown {
  let value: unknown = message;
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = Reflect.get(value, name);
  }
  return value;
}

/** The level of a topic that is a + or # in the filter. */
function openLevelOf(filter: string, topic: string): string | undefined {
  const levels = filter.split('/');
  const index = levels.findLastIndex((level) => level === '+' || level === '#');
  return index === -1 ? undefined : topic.split('/')[index];
}

/** Whether a topic is one that a filter subscribes to (MQTT 3.1.1, section 4.7). */
export function matches(filter: string, topic: string): boolean {
  const levels = topic.split('/');
  const wanted = filter.split('/');
  // A topic that starts with $ is the broker's own.
  if (topic.startsWith('$') && (wanted[0] === '+' || wanted[0] === '#')) return false;
  for (const [index, level] of wanted.entries()) {
    if (level === '#') return true;
    if (level !== '+' && level !== levels[index]) return false;
    if (levels[index] === undefined) return false;
  }
  return wanted.length === levels.length;
}
