import { compile, explain } from '@swipegate/contract';
import type Type from 'typebox';
import { ServiceError } from '../protocol/service-error.js';
import type { Queues } from './queues.js';

export interface SqsContext {
  queues: Queues;
  endpoint: string;
  /** Aborted when the caller has disconnected. */
  signal: AbortSignal;
}

/** Operation of the API. Takes the input of a request and returns the output. */
export type Operation = (input: unknown, context: SqsContext) => object | Promise<object>;

/** Creates an operation that validates its input; an invalid one gets InvalidParameterValue. */
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
