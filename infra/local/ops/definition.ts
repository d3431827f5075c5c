import { ALARMS, type Alarm, conditionOf, missingOf, type Series, WIDGETS } from '../../dashboard/dashboard.js';
import type { PageAlarm, PageDefinition, PageSeries } from './browser/page-data.js';
import { KEEP_MS } from './recorder.js';

/** Widgets and alarms of the dashboard, reduced to the fields the page needs. */
export const PAGE_DEFINITION: PageDefinition = {
  keepMs: KEEP_MS,
  widgets: WIDGETS.map(({ id, title, kind, unit, series, limit }) => ({
    id,
    title,
    kind,
    unit,
    series: series.map(pageSeries),
    ...(limit === undefined ? {} : { limit }),
  })),
  alarms: ALARMS.map(pageAlarm),
};

function pageSeries({ id, title, onOneMachine }: Series): PageSeries {
  const isMany = 'by' in onOneMachine;
  return { id, title, isMany, ...('nowhere' in onOneMachine ? { nowhere: onOneMachine.nowhere } : {}) };
}

function pageAlarm(alarm: Alarm): PageAlarm {
  const { id, title, severity, unit, meaning, steps } = alarm;
  const when = `${conditionOf(alarm)}. ${missingOf(alarm)}`;
  return { id, title, severity, unit, when, meaning, steps };
}
