import { hashedId } from '@swipegate/contract/values/hashed-id';
import { cardWrittenAs } from './card-writing.js';
import type { Protocol, Reading } from './protocol.js';

interface HookOptions {
  deviceId: string;
  /** By readerId: each reader has a key of its own. */
  keys: Readonly<Record<string, string>>;
  /** Posts a form, and has no clock: the gateway's counts. */
  isPlain: boolean;
}

/** A reader that can call a URL and nothing more. It has no memory: without an answer the door stays shut. */
export function hook({ deviceId, keys, isPlain }: HookOptions): Protocol {
  return {
    hello: [],
    ...(isPlain && { hasNoClock: true }),
    asks: {
      question(reading) {
        const { way, shownMs, index } = reading;
        const key = keys[way.readerId] ?? '';
        // The boot time is part of it: the numbers start anew with each run.
        const fields = { swipeId: hashedId(`${deviceId}/${index}/${shownMs}`), tag: cardOf(reading) };
        if (isPlain) {
          return {
            method: 'POST',
            path: `/hook/${key}`,
            type: 'application/x-www-form-urlencoded',
            body: new URLSearchParams(fields).toString(),
          };
        }
        const query = new URLSearchParams({ ...fields, readAt: new Date(shownMs).toISOString() });
        return { method: 'GET', path: `/hook/${key}?${query}` };
      },
      heard({ status, body }) {
        if (status === 200 && body.toString() === 'granted') return 'granted';
        return status === 403 && body.toString() === 'denied' ? 'denied' : 'undecided';
      },
    },
  };
}

function cardOf({ way, credential }: Reading): string {
  return 'uid' in credential ? cardWrittenAs(way.format, credential.uid) : '';
}
