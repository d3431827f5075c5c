/** Data that the server sends to the page. */

export type Unit = 'count' | 'per second' | 'bytes' | 'bytes per second' | 'ms' | 'percent';

export interface PageSeries {
  id: string;
  title: string;
  /** Has one figure per label (reason, shard); labels are not known in advance. */
  isMany: boolean;
  /** Why one machine does not have it; otherwise absent. */
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
  /** Condition. */
  when: string;
  meaning: string;
  steps: readonly string[];
}

export interface PageDefinition {
  widgets: PageWidget[];
  alarms: PageAlarm[];
  /** Length of the history, ms. */
  keepMs: number;
}

/** Values by `widget/series` or `widget/series/label`; null without data. */
export type Figures = Record<string, number | null>;

export interface AlarmNow {
  id: string;
  /** `elsewhere`: its metric exists only on AWS. */
  state: 'ok' | 'alarm' | 'elsewhere';
  /** Value of the last period; null without data. */
  value: number | null;
  /** Start of this state, epoch ms. */
  sinceMs: number;
}

/** Sent each second. */
export interface Moment {
  /** Epoch ms. */
  atMs: number;
  figures: Figures;
  alarms: AlarmNow[];
  gatewayAnswers: boolean;
}

/** Figures of all retained moments, as columns. */
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
