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

/** Largest holding, in multiples of what is free. A single key thus gets 1/2 of all, a single tenant 3/4. */
const KEY_SHARE = 1;
const TENANT_SHARE = 3;

/**
 * Divides a limited resource. A key may hold as much as is still free, a tenant three times that. Thus some of it stays
 * free for the next one, and those who hold most are refused first.
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
    if (isAbove(holding, amount, KEY_SHARE * free)) return 'key';
    if (holding.tenant !== undefined && isAbove(holding.tenant, amount, TENANT_SHARE * free)) return 'tenant';
    return undefined;
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
