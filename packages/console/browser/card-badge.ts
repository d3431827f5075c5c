import type { CardStatus } from '@swipegate/contract';
import { badge } from './element.js';

const TONES: Readonly<Record<CardStatus, 'good' | 'warn' | 'bad' | 'none'>> = {
  active: 'good',
  issued: 'none',
  suspended: 'warn',
  expired: 'warn',
  lost: 'bad',
  stolen: 'bad',
  destroyed: 'bad',
  revoked: 'bad',
};

/** Badge with the state of a card. */
export function cardBadge(status: CardStatus): HTMLElement {
  return badge(status, TONES[status]);
}
