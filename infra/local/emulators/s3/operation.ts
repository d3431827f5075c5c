import type { Answer } from '../serve-calls.js';
import type { S3Request } from './s3-request.js';
import type { S3Service } from './s3-service.js';

/** One operation of the API. Throws {ServiceError} what it refuses. */
export type Operation = (request: S3Request, service: S3Service) => Promise<Answer> | Answer;
