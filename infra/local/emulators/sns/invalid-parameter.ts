import { ServiceError } from '../protocol/service-error.js';

/** SNS's error for most invalid input. */
export function invalidParameter(reason: string): ServiceError {
  return new ServiceError('InvalidParameter', `Invalid parameter: ${reason}`);
}
