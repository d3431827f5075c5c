import type { CardFormat, Reader } from '@swipegate/contract';
import { ALLOWED_NUMBERS } from '@swipegate/contract/cards/card-number';
import { choiceField } from '../../widgets/choices.js';
import { element, say } from '../../widgets/element.js';
import { type Field, offer, selectField } from '../../widgets/fields.js';
import { type SiteData, zoneGroups } from './site-data.js';

/** How a reader may write card numbers. */
const FORMATS: Readonly<Record<CardFormat, string>> = {
  'as-sent': 'As sent: the text stays as it is',
  'uid-hex': 'UID, hexadecimal',
  'uid-hex-reversed': 'UID, hexadecimal, bytes reversed',
  'uid-decimal': 'UID, decimal',
  'uid-decimal-reversed': 'UID, decimal, bytes reversed',
  'wiegand-26': 'Wiegand 26: facility and number',
  'wiegand-26-decimal': 'Wiegand 26, as one decimal number',
  'wiegand-34': 'Wiegand 34',
  h10302: 'H10302, 37 bits',
  h10304: 'H10304, 37 bits with facility',
  'corporate-1000-35': 'Corporate 1000, 35 bits',
  'corporate-1000-48': 'Corporate 1000, 48 bits',
};

/** @param isProposed whether the value is that of the other readers */
export function formatField(value: CardFormat = 'as-sent', isProposed = false): Field<string> {
  const field = selectField({
    name: 'cardFormat',
    label: 'Card numbers',
    hint: `${isProposed ? 'Proposed: the form of the other readers here. ' : ''}The form in which the reader sends the number of a card; its data sheet says it. A card opens only doors whose readers give it the same number: keep “As sent” only if no reader of the site has another form.`,
    options: Object.entries(FORMATS).map(([format, label]) => ({ value: format, label })),
    value,
  });
  const explained = element('p', { class: 'note', role: 'status' });
  const explain = () => {
    const [, allowed] = Object.entries(ALLOWED_NUMBERS).find(([format]) => format === field.read()) ?? [];
    say(explained, allowed === undefined ? '' : `What the reader sends ${allowed}.`);
  };
  field.control.addEventListener('change', explain);
  field.element.append(explained);
  explain();
  return field;
}

export function modeField(value: Reader['mode']): Field<string> {
  return choiceField({
    name: 'mode',
    label: 'Mode',
    value,
    options: [
      { value: 'normal', label: 'Normal', note: 'The access levels decide who may enter.' },
      {
        value: 'locked-down',
        label: 'Locked down',
        note: 'The reader refuses everyone who wants to enter, whatever their rights. Going out is always possible.',
      },
      {
        value: 'free',
        label: 'Free',
        note: 'The reader lets everyone in, even without a known card. Swipes are still recorded.',
      },
    ],
  });
}

export const DIRECTIONS = [
  { value: 'in', label: 'Way in', note: 'Each swipe asks to enter the zone behind the door.' },
  {
    value: 'out',
    label: 'Way out',
    note: 'Each swipe leaves the zone. It is always granted: nobody is locked in.',
  },
  {
    value: 'both',
    label: 'Both ways',
    note: 'The reader says with each swipe whether it is a way in or out; without that, it is a way in.',
  },
] as const;

/** The zone behind a door, and the zone in front of it: proposed from the zone's own until the user chooses. */
export function doorZones(site: SiteData, zoneId: string, outerZoneId: string | undefined) {
  const inner = selectField({ name: 'zoneId', label: 'Leads into', options: zoneGroups(site), value: zoneId });
  const outer = selectField({
    name: 'outerZoneId',
    label: 'From',
    hint: 'A person who goes out is there from then on.',
    isOptional: true,
    options: othersOf(site, zoneId),
    value: outerZoneId ?? '',
  });
  inner.control.addEventListener('change', () => {
    const zone = site.zones.find((each) => each.zoneId === inner.read());
    offer(outer.control, othersOf(site, inner.read()));
    if (outer.control instanceof HTMLSelectElement) outer.control.value = zone?.outerZoneId ?? '';
  });
  return {
    fields: [inner, outer],
    read: () => ({
      zoneId: inner.read(),
      buildingId: buildingOf(site, inner.read()),
      outerZoneId: outer.read() || undefined,
    }),
  };
}

/** The building of a zone. */
export function buildingOf({ zones }: Pick<SiteData, 'zones'>, zoneId: string): string {
  return zones.find((zone) => zone.zoneId === zoneId)?.buildingId ?? '';
}

function othersOf(site: SiteData, zoneId: string) {
  const buildingId = buildingOf(site, zoneId);
  const others = site.zones.filter((zone) => zone.buildingId === buildingId && zone.zoneId !== zoneId);
  return [{ value: '', label: 'Outdoors' }, ...others.map((zone) => ({ value: zone.zoneId, label: zone.name }))];
}
