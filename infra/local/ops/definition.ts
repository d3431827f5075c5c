import { ALARM_PERIOD_MS, ALARMS, type Alarm, type Series, WIDGETS } from '../../dashboard/dashboard.js';
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

function pageAlarm({ id, title, severity, unit, above, periods, meaning, steps }: Alarm): PageAlarm {
  const minutes = (periods * ALARM_PERIOD_MS) / 60_000;
  const when = `Above ${above.toLocaleString('en-US')} ${unit === 'count' ? 'a minute' : unit}, for ${minutes === 1 ? 'a minute' : `${minutes} minutes`}.`;
  return { id, title, severity, unit, when, meaning, steps };
}
