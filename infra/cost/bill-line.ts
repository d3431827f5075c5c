/** A line of the bill: how many units of what, and the dollars a month. */
export interface BillLine {
  service: string;
  what: string;
  units: number;
  dollars: number;
}

/** @param price dollars a unit */
export function line(service: string, what: string, units: number, { dollars }: { dollars: number }): BillLine {
  return { service, what, units, dollars: units * dollars };
}
