import type { LockdownList } from '@swipegate/contract';
import type { Api } from '../../api/api.js';
import { element, fill, link, place } from '../../widgets/element.js';
import { hashOf } from '../page.js';

/** Event of the window: this user has started or ended a lockdown. */
export const LOCKDOWN_CHANGED = 'lockdown-changed';
const EVERY_MS = 10_000;

/** Shows on every page that a lockdown is in force. A failed read leaves the banner as it is. */
export function watchLockdowns(api: Api): void {
  const banner = place('lockdown');
  let shown = '';
  const read = async (): Promise<void> => {
    const { items } = await api.get<LockdownList>('/v1/lockdowns');
    const level = items.find((item) => item.level !== undefined)?.level;
    const text =
      items.length === 0 ? '' : level === undefined ? 'A lockdown is in force.' : `Threat level ${level} is in force.`;
    // A screen reader announces each change of the banner, so an unchanged one stays untouched.
    if (text === shown) return;
    shown = text;
    banner.hidden = text === '';
    fill(
      banner,
      text === '' ? undefined : [element('strong', {}, text), ' ', link('See what is locked', hashOf('lockdown'))],
    );
  };
  const look = () => void read().catch(() => undefined);
  addEventListener(LOCKDOWN_CHANGED, look);
  setInterval(() => {
    if (document.visibilityState === 'visible') look();
  }, EVERY_MS);
  look();
}
