import type { Schedule } from '@swipegate/contract';
import { scheduleWords } from '../../../site/schedule-words.js';
import { path } from '../../api/api.js';
import { dateList } from '../../widgets/date-list.js';
import { element, say } from '../../widgets/element.js';
import { textField } from '../../widgets/fields.js';
import { weekField } from '../../widgets/week-field.js';
import type { SiteEditing, Versioned } from './site-data.js';

const NEW: Pick<Schedule, 'intervals' | 'holidays'> = {
  intervals: [{ days: [1, 2, 3, 4, 5], from: '08:00', until: '18:00' }],
  holidays: [],
};

/** Asks for a schedule. @param schedule undefined for a new one */
export function askSchedule({ tracker, settled }: SiteEditing, schedule?: Versioned<Schedule>): Promise<void> {
  const id = textField({
    name: 'scheduleId',
    label: 'Schedule id',
    hint: 'Its name in all lists, such as office-hours. Cannot be changed later. Letters, digits and . _ : -',
    maxLength: 64,
  });
  let { intervals, holidays } = schedule ?? NEW;
  const words = element('p', { class: 'words', role: 'status' }, scheduleWords({ intervals, holidays }));
  const sayWords = () => say(words, scheduleWords({ intervals, holidays }));
  const week = weekField('intervals', intervals, (now) => {
    intervals = [...now];
    sayWords();
  });
  const dates = dateList(
    {
      name: 'holidays',
      label: 'Holidays',
      hint: 'Days on which no interval begins. A night that began on the day before still ends in the morning.',
      value: holidays,
    },
    (now) => {
      holidays = [...now];
      sayWords();
    },
  );
  return tracker.ask({
    title: schedule === undefined ? 'Add a schedule' : `Edit ${schedule.scheduleId}`,
    text: words,
    isWide: true,
    fields: [...(schedule === undefined ? [id] : []), week, dates],
    submitLabel: schedule === undefined ? 'Add schedule' : 'Save',
    request: (why) => ({
      method: 'PUT',
      path: path('schedules', schedule?.scheduleId ?? id.read() ?? ''),
      body: { intervals: week.read(), holidays: dates.read(), why },
      expects: schedule?.version ?? 'absent',
    }),
    progressTitle: () => `Schedule ${schedule?.scheduleId ?? id.read() ?? ''}`,
    settled,
  });
}
