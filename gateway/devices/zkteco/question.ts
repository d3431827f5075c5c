import { WallClock } from '@swipegate/contract/values/wall-clock';
import { ProblemError } from '@swipegate/http/problem-details';
import type { FastifyRequest } from 'fastify';
import { principalOf } from '../../auth/authenticate.js';
import type { DeviceContacts } from '../contacts.js';
import { deviceOf } from '../device.js';
import type { DeviceIntake } from '../device-intake.js';
import { opening } from './commands.js';
import { accessRecordIn, linesIn } from './records.js';
import { doorNumber, swipeOf } from './reports.js';

/** Devices wait 5 s or more for a decision; the options of the gateway ask them to wait 10. */
const PATIENCE_MS = 4_500;

/**
 * Answers a device that asks whether somebody may pass. Every fault keeps the door shut.
 * @param maxWaitMs longest wait for a decision, ms
 */
export async function answerQuestion(
  text: string,
  request: FastifyRequest,
  { intake, contacts, maxWaitMs }: { intake: DeviceIntake; contacts: DeviceContacts; maxWaitMs: number },
): Promise<string> {
  const [line = ''] = linesIn(text);
  const [device, principal] = [deviceOf(request), principalOf(request)];
  const record = accessRecordIn(line);
  // The clock of a device that is wrong counts as any reader's: the rules use the gateway's, and raise an alarm.
  const clock = new WallClock(device.timeZone, Date.now(), Number.POSITIVE_INFINITY);
  const isOfPerson = record !== undefined && (record.cardNumber !== '' || record.pin !== '');
  const swipe = isOfPerson ? swipeOf(record, { tenantId: principal.tenantId, device, clock }) : undefined;
  contacts.seen(request, { clockOffsetMs: clock.offsetMs(true) });
  if (swipe === undefined) {
    request.log.error({ item: line.slice(0, 512) }, 'a question of a device cannot be understood');
    return `AUTH=FAILED\r\n${line}`;
  }
  try {
    const waitMs = Math.min(PATIENCE_MS, maxWaitMs);
    const decision = await intake.decide(swipe, { principal, inFlight: request.inFlight, waitMs });
    if (decision === undefined) return `AUTH=TIMEOUT\r\n${line}`;
    if (decision.outcome !== 'granted') return `AUTH=FAILED\r\n${line}`;
    return `AUTH=SUCCESS\r\n${line}\r\n${opening(doorNumber(device, record?.door))}`;
  } catch (error) {
    const isWrong = error instanceof ProblemError && error.code === 'invalid-item';
    request.log[isWrong ? 'error' : 'warn']({ item: line.slice(0, 512), err: error }, 'a question was not decided');
    return `AUTH=${isWrong ? 'FAILED' : 'TIMEOUT'}\r\n${line}`;
  }
}
