/** Addresses that a client may be sent to, each to be matched to the letter (RFC 9700, section 2.1). */
export interface ClientUrls {
  redirectUris: readonly string[];
  logoutUris: readonly string[];
}

/** The one app client of the pool, a public one: the console in a browser keeps no secret. */
export class Client {
  readonly id = 'swipegate_console';
  readonly #redirectUris = new Set<string>();
  readonly #logoutUris = new Set<string>();
  readonly #origins = new Set<string>();

  constructor(urls: ClientUrls) {
    this.register(urls);
  }

  /** Adds addresses, as of a console that knows its port only once it runs. @throws TypeError for what is no URL */
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
