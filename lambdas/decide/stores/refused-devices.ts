import {
  compile,
  MOST_UNPAIRED,
  RefusedDevice,
  type RefusedDeviceRecord,
  UNPAIRED_SHOWN_MS,
} from '@swipegate/contract';

const isRefusedDevice = compile(RefusedDevice);

/** Returns the devices in the row of a make. Entries that cannot be read are left out. */
export function refusedDevicesIn(row: Readonly<Record<string, unknown>> | undefined): RefusedDevice[] {
  const devices: unknown = row?.['devices'];
  return Array.isArray(devices) ? devices.filter((device: unknown) => isRefusedDevice(device)) : [];
}

/**
 * Adds refused devices to a list. The list has at most {@link MOST_UNPAIRED}: beyond that, the address with the most
 * loses its oldest, so that somebody who makes up serial numbers pushes out their own. Entries of more than a day ago go.
 */
export function withRefused(
  devices: readonly RefusedDevice[],
  records: readonly RefusedDeviceRecord[],
): RefusedDevice[] {
  const bySerial = new Map(devices.map((device) => [device.serial, device]));
  for (const { kind: _, tenantId: __, make: ___, at, requests, ...told } of records) {
    const before = bySerial.get(told.serial);
    if (before === undefined) bySerial.set(told.serial, { ...told, firstSeen: at, lastSeen: at, requests });
    // A record that a retry brings again counts once.
    else if (Date.parse(at) > Date.parse(before.lastSeen)) {
      bySerial.set(told.serial, { ...before, ...told, lastSeen: at, requests: before.requests + requests });
    }
  }
  const kept = Array.from(bySerial.values()).sort((a, b) => Date.parse(b.lastSeen) - Date.parse(a.lastSeen));
  const oldestMs = Date.parse(kept[0]?.lastSeen ?? '') - UNPAIRED_SHOWN_MS;
  while (Date.parse(kept.at(-1)?.lastSeen ?? '') < oldestMs) kept.pop();
  while (kept.length > MOST_UNPAIRED) {
    const address = commonest(kept);
    kept.splice(
      kept.findLastIndex((device) => device.address === address),
      1,
    );
  }
  return kept;
}

function commonest(devices: readonly RefusedDevice[]): string | undefined {
  const counts = new Map<string | undefined, number>();
  for (const { address } of devices) counts.set(address, (counts.get(address) ?? 0) + 1);
  const most = Math.max(...counts.values());
  return devices.findLast(({ address }) => counts.get(address) === most)?.address;
}
