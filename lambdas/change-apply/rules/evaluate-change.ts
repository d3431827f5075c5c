import type { Change, ReplacedMember } from '@swipegate/contract';
import { conditionFault, type EntryName, entryOf, entrySent, replacedMembers } from '../../stores/changes/entries.js';
import { changeCard, linkCard, traceCard } from './card-rules.js';
import { erasedDenial, eraseEmployee, markOutside, patchEmployee, setEmployee } from './cardholder-rules.js';
import { commandDevice, issueDeviceKey, removeDevice, revokeDeviceKey, setDevice } from './device-rules.js';
import { applied, type ChangeResult, type Effect, rejected } from './effects.js';
import type { ChangeFacts } from './facts.js';
import { issueOperatorKey, issueReaderKey, revokeOperatorKey, revokeReaderKey } from './key-rules.js';
import { permitZone, withdrawPermit } from './permit-rules.js';
import {
  removeAccessLevel,
  removeBuilding,
  removeReader,
  removeSchedule,
  removeZone,
  setAccessLevel,
  setBuilding,
  setReader,
  setSchedule,
  setTenant,
  setZone,
} from './site-rules.js';
import { checkInVisit, checkOutVisit, setVisit } from './visit-rules.js';

/** Applies or rejects a change by the stored facts. Pure: the same facts give the same result. */
export function evaluateChange({ content, expects, ...context }: Change, facts: ChangeFacts): ChangeResult {
  const name = entryOf(content);
  const fault = conditionFault(expects, name, entryIn(facts, name), entrySent(content));
  if (fault !== undefined) return rejected(fault.code, fault.reason);
  switch (content.type) {
    case 'link-card':
      return linkCard(content, facts, context);
    case 'change-card':
      return changeCard(content, facts, context);
    case 'trace-card':
      return traceCard(content, facts, context);
    case 'mark-outside':
      return markOutside(content, facts, context);
    case 'set-employee':
      return (
        (expects === 'absent' ? undefined : erasedDenial(content.employee.employeeId, facts)) ??
        setEmployee(content, facts, context)
      );
    case 'patch-employee':
      return patchEmployee(content, facts, context);
    case 'erase-employee':
      return eraseEmployee(content, facts, context);
    case 'permit-zone':
      return permitZone(content, facts, context);
    case 'withdraw-permit':
      return withdrawPermit(content, facts, context);
    case 'set-visit':
      return erasedDenial(content.employeeId, facts) ?? setVisit(content, facts, context);
    case 'check-in-visit':
      return checkInVisit(content, facts, context);
    case 'check-out-visit':
      return checkOutVisit(content, facts, context);
    case 'set-tenant':
      return setTenant(content, facts, context);
    case 'set-building':
      return setBuilding(content, facts, context);
    case 'remove-building':
      return removeBuilding(content, facts, context);
    case 'set-zone':
      return setZone(content, facts, context);
    case 'remove-zone':
      return removeZone(content, facts, context);
    case 'set-access-level':
      return setAccessLevel(content, facts, context);
    case 'remove-access-level':
      return removeAccessLevel(content, facts, context);
    case 'set-schedule':
      return setSchedule(content, facts, context);
    case 'remove-schedule':
      return removeSchedule(content, facts, context);
    case 'set-reader':
      return setReader(content, facts, context);
    case 'remove-reader':
      return removeReader(content, facts, context);
    case 'issue-reader-key':
      return issueReaderKey(content, facts, context);
    case 'revoke-reader-key':
      return revokeReaderKey(content, facts, context);
    case 'set-device':
      return setDevice(content, facts, context);
    case 'remove-device':
      return removeDevice(content, facts, context);
    case 'issue-device-key':
      return issueDeviceKey(content, facts, context);
    case 'revoke-device-key':
      return revokeDeviceKey(content, facts, context);
    case 'command-device':
      return commandDevice({ ...context, content }, facts);
    // In force, or over, since before it was published: its turn only records it.
    case 'start-lockdown':
    case 'end-lockdown':
      return applied();
    case 'issue-operator-key':
      return issueOperatorKey(content, facts, context);
    case 'revoke-operator-key':
      return revokeOperatorKey(content, facts, context);
  }
}

/** Returns what an applied change replaces in its entry; nothing if the entry is new. Pure. */
export function replacedBy({ content }: Change, facts: ChangeFacts, result: ChangeResult): ReplacedMember[] {
  const name = entryOf(content);
  const before = entryIn(facts, name);
  if (before === undefined || result.outcome === 'rejected') return [];
  const after = result.effects.find((effect) => isPutOf(effect, name));
  return after?.kind === 'put' ? replacedMembers(name.kind, before, after.values) : [];
}

/** Whether an effect writes an entry. A reader's keys are in another row than the reader. */
function isPutOf(effect: Effect, { kind, id }: EntryName): boolean {
  if (effect.kind !== 'put') return false;
  const { table, key } = effect;
  if (kind === 'card') return table === 'cards' && key['cardKey']?.endsWith(`/${id}`) === true;
  if (kind === 'employee') return table === 'employees';
  return table === 'site' && key['siteKey']?.endsWith(`/${kind}`) === true && key['id'] === id;
}

function entryIn(
  { card, employee, site, storedTenant, operatorKey, devices }: ChangeFacts,
  { kind, id }: EntryName,
): object | undefined {
  switch (kind) {
    case 'card':
      return card;
    case 'employee':
      return employee;
    case 'tenant':
      return storedTenant;
    case 'operator-keys':
      return operatorKey;
    case 'devices':
      return devices.find(({ deviceId }) => deviceId === id);
    case 'buildings':
      return site.buildings.get(id);
    case 'zones':
      return site.zones.get(id);
    case 'access-levels':
      return site.accessLevels.get(id);
    case 'schedules':
      return site.schedules.get(id);
    case 'readers':
      return site.readers.get(id);
    case 'lockdowns':
      return undefined;
  }
}
