/** A key's part of a limited resource. Its tenant's holding sums up those of its keys. */
export class Holding {
  held = 0;
  readonly tenant: Holding | undefined;

  constructor(tenant?: Holding) {
    this.tenant = tenant;
  }
}

/** The bound that a request would break: that of the whole resource, of its key, or of its tenant. */
export type Bound = 'all' | 'key' | 'tenant';

/** Largest holding of a tenant, in multiples of what is free. A single tenant thus gets 3/4 of all. */
const TENANT_SHARE = 3;
/** Largest holding of a key, in parts of what its tenant may still take. A single key thus gets 1/4 of all. */
const KEY_PART = 1 / 8;

/**
 * Divides a limited resource among tenants, and the part of a tenant among its keys. A tenant may hold three times what
 * is still free, a key an eighth of what its tenant may still take. Thus some of it stays free for the next one, and
 * those who hold most are refused first. A second key gets 2/3 of the first one's holding, and so on.
 * Source: Choudhury and Hahne, Dynamic queue length thresholds for shared-memory packet switches (IEEE/ACM ToN, 1998).
 */
export class FairShare {
  readonly max: number;
  #held = 0;

  constructor(max: number) {
    this.max = max;
  }

  get held(): number {
    return this.#held;
  }

  /** Returns the bound that taking `amount` would break. Without a holding, only the bound of the whole applies. */
  exceeded(amount: number, holding?: Holding): Bound | undefined {
    const free = this.max - this.#held - amount;
    if (free < 0) return 'all';
    if (holding === undefined) return undefined;
    const { tenant } = holding;
    const ofTenant = TENANT_SHARE * free;
    if (isAbove(holding, amount, KEY_PART * (ofTenant - (tenant?.held ?? 0) - amount))) return 'key';
    return tenant !== undefined && isAbove(tenant, amount, ofTenant) ? 'tenant' : undefined;
  }

  /** Takes an amount without a check. Every amount must be released, with the same holding. */
  take(amount: number, holding?: Holding): void {
    this.#held += amount;
    if (holding === undefined) return;
    holding.held += amount;
    if (holding.tenant !== undefined) holding.tenant.held += amount;
  }

  release(amount: number, holding?: Holding): void {
    this.take(-amount, holding);
  }
}

function isAbove({ held }: Holding, amount: number, share: number): boolean {
  return held > 0 && held + amount > share;
}
