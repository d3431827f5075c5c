import type { ChangeStatus } from '../../../gateway/contract/index.js';

const PAGE_ITEMS = 20;

export interface ChangePage {
  items: ChangeStatus[];
  /** Only on a page that is not the last. */
  nextCursor?: string;
}

type Query = Readonly<Record<string, string | number | undefined>>;

/** What lists are asked of: the API's client. */
export interface ChangeLists {
  get<Answer>(path: string, options: { query: Query; signal: AbortSignal }): Promise<Answer>;
}

/** One of the lists, as far as it is read. */
interface Source {
  query: Query;
  /** Not given out yet, newest first. */
  waiting: ChangeStatus[];
  /** Undefined before its first page; null after its last. */
  cursor: string | null | undefined;
}

/**
 * Changes of several subjects as one list, newest first, each once: the API has a list of a person and one of each card, for
 * what is done to a card names no person.
 */
export class MergedChanges {
  readonly #api: ChangeLists;
  readonly #sources: Source[];
  readonly #given = new Set<string>();
  /** What is found of a page that could not be read to its end: it begins the next one. */
  #page: ChangeStatus[] = [];

  /** @param subjects such as `{ employeeId }` or `{ cardId }` */
  constructor(api: ChangeLists, subjects: readonly Query[]) {
    this.#api = api;
    this.#sources = subjects.map((query) => ({ query, waiting: [], cursor: undefined }));
  }

  /** The next page; its cursor only says that there are more. Rejects with an ApiError, and may be called again then. */
  async next(signal: AbortSignal): Promise<ChangePage> {
    while (this.#page.length < PAGE_ITEMS) {
      await Promise.all(this.#sources.map((source) => this.#fill(source, signal)));
      const newest = this.#newest();
      const change = newest?.waiting.shift();
      if (change === undefined) break;
      if (this.#given.has(change.changeId)) continue;
      this.#given.add(change.changeId);
      this.#page.push(change);
    }
    const items = this.#page;
    this.#page = [];
    const hasMore = this.#sources.some(({ waiting, cursor }) => waiting.length > 0 || cursor !== null);
    return hasMore ? { items, nextCursor: 'next' } : { items };
  }

  /** Has something waiting, unless it is read to its end: only then can it be told which of all is the newest. */
  async #fill(source: Source, signal: AbortSignal): Promise<void> {
    while (source.waiting.length === 0 && source.cursor !== null) {
      const query = { ...source.query, limit: PAGE_ITEMS, cursor: source.cursor };
      const { items, nextCursor = null } = await this.#api.get<ChangePage>('/v1/changes', {
        query,
        signal,
      });
      source.waiting = items;
      source.cursor = nextCursor;
    }
  }

  #newest(): Source | undefined {
    let newest: Source | undefined;
    for (const source of this.#sources) {
      const [first] = source.waiting;
      const best = newest?.waiting[0];
      if (first !== undefined && (best === undefined || first.requestedAt > best.requestedAt)) newest = source;
    }
    return newest;
  }
}
