import { BlockList, isIPv4, isIPv6 } from 'node:net';

/** Returns a list of addresses and CIDR blocks; undefined if an entry is neither. */
export function networksIn(entries: readonly string[]): BlockList | undefined {
  const list = new BlockList();
  for (const entry of entries) {
    const [address = '', bits, ...rest] = entry.trim().split('/');
    const [family, most] = isIPv6(address) ? (['ipv6', 128] as const) : (['ipv4', 32] as const);
    const prefix = bits === undefined ? most : /^\d{1,3}$/.test(bits) ? Number(bits) : Number.NaN;
    if (!(isIPv4(address) || isIPv6(address)) || !(prefix <= most) || rest.length > 0) return undefined;
    list.addSubnet(address, prefix, family);
  }
  return list;
}

/** Whether an address, as a socket gives it, is in one of the networks. */
export function isWithin(networks: BlockList, address: string): boolean {
  return networks.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}
