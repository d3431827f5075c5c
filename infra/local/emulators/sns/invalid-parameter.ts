import { ServiceError } from '../protocol/service-error.js';

/** SNS's answer to most of what it does not take. */
export function invalidParameter(reason: string): ServiceError {
  return new ServiceError('InvalidParameter', `Invalid parameter: ${reason}`);
}
