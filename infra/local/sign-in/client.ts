/** Allowed redirect targets of a client, matched exactly (RFC 9700, section 2.1). */
export interface ClientUrls {
  redirectUris: readonly string[];
  logoutUris: readonly string[];
}

/** Id of the pool's only app client. */
export const CLIENT_ID = 'swipegate_console';

/** The pool's only app client. It is public: a console in a browser cannot keep a secret. */
export class Client {
  readonly id = CLIENT_ID;
  readonly #redirectUris = new Set<string>();
  readonly #logoutUris = new Set<string>();
  readonly #origins = new Set<string>();

  constructor(urls: ClientUrls) {
    this.register(urls);
  }

  /** Adds addresses, e.g. of a console that knows its port only once it runs. @throws {TypeError} for an invalid URL */
  register({ redirectUris, logoutUris }: ClientUrls): void {
    const origins = redirectUris.map((uri) => new URL(uri).origin);
    for (const uri of logoutUris) new URL(uri);
    for (const origin of origins) this.#origins.add(origin);
    for (const uri of redirectUris) this.#redirectUris.add(uri);
    for (const uri of logoutUris) this.#logoutUris.add(uri);
  }

  mayRedirectTo(uri: string | undefined): uri is string {
    return uri !== undefined && this.#redirectUris.has(uri);
  }

  mayLogOutTo(uri: string | undefined): uri is string {
    return uri !== undefined && this.#logoutUris.has(uri);
  }

  /** Whether a page of this origin may read answers (CORS). */
  isAt(origin: string | undefined): origin is string {
    return origin !== undefined && this.#origins.has(origin);
  }
}
