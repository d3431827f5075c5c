import type { AdminRole } from '@swipegate/contract';
import type { Action } from '@swipegate/contract/back-office/permissions';
import type { Api } from './api.js';
import type { Child } from './element.js';

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
