import type { AdminRole } from '@swipegate/contract';
import type { Action } from '@swipegate/contract/back-office/permissions';
import type { Api } from './api.js';
import type { Child } from './element.js';

/** GET /v1/me. */
export interface Me {
  userId: string;
  userName: string;
  tenantId: string;
  roles: AdminRole[];
  actions: Action[];
}

/** What every page needs. */
export interface PageContext {
  api: Api;
  me: Me;
  /** Aborted when the page is left. */
  signal: AbortSignal;
  params: Readonly<Record<string, string>>;
  query: URLSearchParams;
  may(action: Action): boolean;
  /** Has a screen reader say something. */
  announce(text: string): void;
  /** Shows something that went wrong beside what was asked for, with a way to try it again. */
  complain(where: HTMLElement, error: unknown, again: () => void): void;
}

export interface PageContent {
  title: string;
  /** Below the title. */
  content: Child[];
}

/** Makes a page. What it rejects with is shown in its place. */
export type Page = (context: PageContext) => Promise<PageContent>;
