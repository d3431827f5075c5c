import { ACCESS_EVENTS, type AccessEvent, type Swipe } from '@swipegate/contract';
import { ProblemError } from '@swipegate/http/problem-details';
import type { FastifyRequest } from 'fastify';
import { principalOf } from '../auth/authenticate.js';
import type { Awaiting, DeviceIntake } from './device-intake.js';

/** The answer to a device about a person at its door. */
export interface Verdict {
  opens: boolean;
  /** Undefined without a decision. */
  reason?: AccessEvent;
  /** For the device's display. */
  text: string;
}

/** Asks for the decision on a swipe. Every fault is a verdict that keeps the door shut. */
export async function verdictOn(
  swipe: Swipe,
  request: FastifyRequest,
  { intake, ...awaiting }: Awaiting & { intake: DeviceIntake },
): Promise<Verdict> {
  try {
    const decision = await intake.decide(swipe, {
      principal: principalOf(request),
      inFlight: request.inFlight,
      ...awaiting,
    });
    if (decision === undefined) return { opens: false, text: 'no decision' };
    const { outcome, reason } = decision;
    return { opens: outcome === 'granted', reason, text: ACCESS_EVENTS[reason] };
  } catch (error) {
    if (!(error instanceof ProblemError)) request.log.error({ err: error }, 'a question of a device failed');
    else request.log.warn({ code: error.code, item: swipe }, 'a question of a device was not taken');
    return { opens: false, text: 'try again' };
  }
}
