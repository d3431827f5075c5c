import type { Answer } from '../protocol/serve-calls.js';
import type { S3Service } from './s3-service.js';
import type { S3Request } from './storage/s3-request.js';

/** Operation of the API. @throws {ServiceError} for a refused request */
export type Operation = (request: S3Request, service: S3Service) => Promise<Answer> | Answer;
