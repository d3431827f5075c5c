import Type from 'typebox';
import { namesIn } from '../values/names-in.js';
import { ACCESS_EVENTS } from './access-event-names.js';

export type AccessEvent = keyof typeof ACCESS_EVENTS;

export const AccessEvent = Type.Enum(namesIn(ACCESS_EVENTS), {
  description: 'Reason code, named after BACnetAccessEvent',
});
