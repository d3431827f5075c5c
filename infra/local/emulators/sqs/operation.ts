import { compile, explain } from '@swipegate/contract';
import type Type from 'typebox';
import { ServiceError } from '../protocol/service-error.js';
import type { Queues } from './queues.js';

export interface SqsContext {
  queues: Queues;
  endpoint: string;
  /** Aborted when the caller is gone. */
  signal: AbortSignal;
}

/** One operation of the API: takes what was sent, and returns what to answer. */
export type Operation = (input: unknown, context: SqsContext) => object | Promise<object>;

/** An operation whose input must have this shape; what has another is refused with InvalidParameterValue. */
export function operation<Schema extends Type.TSchema>(
  schema: Schema,
  run: (input: Type.Static<Schema>, context: SqsContext) => object | Promise<object>,
): Operation {
  const isInput = compile(schema);
  return (input, context) => {
    if (isInput(input)) return run(input, context);
    const { field, reason } = explain(isInput.errors);
    throw new ServiceError('InvalidParameterValue', `${field} ${reason}`);
  };
}
