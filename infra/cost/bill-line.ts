/** A line of the bill: billed item, units and dollars per month. */
export interface BillLine {
  service: string;
  what: string;
  units: number;
  dollars: number;
}

/** @param price dollars per unit */
export function line(service: string, what: string, units: number, { dollars }: { dollars: number }): BillLine {
  return { service, what, units, dollars: units * dollars };
}
