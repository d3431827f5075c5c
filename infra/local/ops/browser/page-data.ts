/** What the page and its server tell each other. */

export type Unit = 'count' | 'per second' | 'bytes' | 'bytes per second' | 'ms' | 'percent';

export interface PageSeries {
  id: string;
  title: string;
  /** Its figures have a label each, which are not known beforehand: reasons, shards. */
  isMany: boolean;
  /** Why one machine has it not. */
  nowhere?: string;
}

export interface PageWidget {
  id: string;
  title: string;
  kind: 'figures' | 'lines' | 'areas';
  unit: Unit;
  series: PageSeries[];
  limit?: { title: string; at: number };
}

export interface PageAlarm {
  id: string;
  title: string;
  severity: 'page' | 'ticket';
  unit: Unit;
  /** When it goes off, in words. */
  when: string;
  meaning: string;
  steps: readonly string[];
}

export interface PageDefinition {
  widgets: PageWidget[];
  alarms: PageAlarm[];
  /** How far back figures are kept, ms. */
  keepMs: number;
}

/** By `widget/series`, or `widget/series/label`; null where nothing was told. */
export type Figures = Record<string, number | null>;

export interface AlarmNow {
  id: string;
  /** `elsewhere`: what it is about is on AWS only. */
  state: 'ok' | 'alarm' | 'elsewhere';
  /** Of the last period; null where nothing was told. */
  value: number | null;
  /** Since when it is in this state, epoch ms. */
  sinceMs: number;
}

/** What the server sends each second. */
export interface Moment {
  /** Epoch ms. */
  atMs: number;
  figures: Figures;
  alarms: AlarmNow[];
  /** Whether the gateway answered. */
  gatewayAnswers: boolean;
}

/** The figures of all moments that are kept, by columns. */
export interface History {
  atMs: number[];
  figures: Record<string, (number | null)[]>;
}

export interface Denial {
  decidedAt: string;
  readerId: string;
  cardId: string;
  employeeId?: string;
  reason: string;
}

export interface SilentReader {
  readerId: string;
  door: string;
  buildingId: string;
  heardAt: string | null;
}
