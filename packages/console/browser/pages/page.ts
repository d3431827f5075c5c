import type { AdminRole } from '@swipegate/contract';
import type { Action } from '@swipegate/contract/back-office/permissions';
import type { Api } from '../api/api.js';
import type { Child } from '../widgets/element.js';

/** Answer of GET /v1/me. */
export interface Me {
  userId: string;
  userName: string;
  tenantId: string;
  roles: AdminRole[];
  actions: Action[];
}

/** Dependencies of every page. */
export interface PageContext {
  api: Api;
  /** Routes of the gateway for operators. Undefined: the console knows no gateway. */
  gateway: Api | undefined;
  me: Me;
  /** Aborted when the user leaves the page. */
  signal: AbortSignal;
  params: Readonly<Record<string, string>>;
  query: URLSearchParams;
  may(action: Action): boolean;
  /** Makes a screen reader announce a text. */
  announce(text: string): void;
  /** Shows an error in `where`, with a button that calls `again` if a retry may help. */
  complain(where: HTMLElement, error: unknown, again: () => void): void;
}

export interface PageContent {
  title: string;
  /** Below the title. */
  content: Child[];
}

/** Makes a page. If it rejects, the error is shown instead. */
export type Page = (context: PageContext) => Promise<PageContent>;

/** Returns the hash of a page. */
export function hashOf(...parts: string[]): string {
  return `#/${parts.map(encodeURIComponent).join('/')}`;
}

/** Writes a page's filters into its hash, so that a reload or going back shows the same. */
export function rememberQuery(query: Readonly<Record<string, string | undefined>>): void {
  const [path = ''] = location.hash.split('?');
  const pairs = Object.entries(query).flatMap(([name, value]) => (value ? [[name, value]] : []));
  history.replaceState(null, '', pairs.length === 0 ? path : `${path}?${new URLSearchParams(pairs)}`);
}

/**
 * Reads again and again until the page is left. Begins with a pause: the page has read once.
 * @param everyMs pause between two reads, ms
 * @param isInBackground read while the tab is hidden, too
 */
export async function repeat(
  read: () => Promise<void>,
  { everyMs, isInBackground = false, signal }: { everyMs: number; isInBackground?: boolean; signal: AbortSignal },
): Promise<void> {
  while (!signal.aborted) {
    await new Promise((resolve) => setTimeout(resolve, everyMs));
    if ((isInBackground || document.visibilityState === 'visible') && !signal.aborted) await read();
  }
}
