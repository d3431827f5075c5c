import { TimeZoneFault, timeZoneNamed } from '../../site/time-zone.js';
import { type Field, textField, write } from './fields.js';
import { FieldError } from './form.js';

/**
 * A time zone, by its name or its city; the browser's own unless there is a value. `read` throws a FieldError if the
 * text names none.
 */
export function timeZoneField(spec: { label: string; hint: string; value: string | undefined }): Field<string> {
  const zones = Intl.supportedValuesOf('timeZone');
  const field = textField({
    ...spec,
    name: 'timeZone',
    value: spec.value ?? Intl.DateTimeFormat().resolvedOptions().timeZone,
    proposals: zones,
  });
  const named = () => timeZoneNamed(field.read() ?? '', zones);
  field.control.addEventListener('change', () => {
    const zone = named();
    if (typeof zone === 'string') write(field, zone);
  });
  const read = () => {
    const zone = named();
    if (zone instanceof TimeZoneFault) throw new FieldError('timeZone', `${spec.label} ${zone.reason}.`);
    return zone;
  };
  return { ...field, read };
}
