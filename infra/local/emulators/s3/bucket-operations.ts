import Type from 'typebox';
import { LOCAL_REGION } from '../protocol/local-account.js';
import { ServiceError } from '../protocol/service-error.js';
import { element, textElement, textElements } from '../protocol/xml.js';
import { corsConfigurationElement, readCorsRules } from './requests/cors.js';
import { notificationConfigurationElement, readNotifications } from './requests/notification-configuration.js';
import { xmlBody } from './requests/xml-body.js';
import { isoTime, xmlAnswer } from './s3-answers.js';
import type { Operation } from './s3-service.js';

const readVersioning = xmlBody(
  Type.Object({ VersioningConfiguration: Type.Object({ Status: Type.Enum(['Enabled', 'Suspended']) }) }),
);

export const BUCKET_OPERATIONS = {
  ListBuckets: (_request, service) => {
    const buckets = service
      .buckets()
      .map(({ name, createdAtMs }) =>
        element('Bucket', textElements({ Name: name, CreationDate: isoTime(createdAtMs) })),
      );
    return xmlAnswer('ListAllMyBucketsResult', [element('Buckets', buckets)]);
  },
  CreateBucket: ({ bucket }, service) => {
    service.create(bucket);
    return { status: 200, headers: { location: `/${bucket}` } };
  },
  HeadBucket: ({ bucket }, service) => {
    service.bucket(bucket);
    return { status: 200, headers: { 'x-amz-bucket-region': LOCAL_REGION } };
  },
  DeleteBucket: ({ bucket }, service) => {
    service.delete(bucket);
    return { status: 204 };
  },
  GetBucketLocation: ({ bucket }, service) => {
    service.bucket(bucket);
    return xmlAnswer('LocationConstraint', [LOCAL_REGION]);
  },
  PutBucketVersioning: async ({ bucket: name, body }, service) => {
    const bucket = service.bucket(name);
    bucket.versioning = (await readVersioning(body)).VersioningConfiguration.Status;
    bucket.keep();
    return { status: 200 };
  },
  GetBucketVersioning: ({ bucket }, service) =>
    xmlAnswer('VersioningConfiguration', [textElement('Status', service.bucket(bucket).versioning)]),
  PutBucketCors: async (request, service) => {
    const bucket = service.bucket(request.bucket);
    bucket.cors = await readCorsRules(request);
    bucket.keep();
    return { status: 200 };
  },
  GetBucketCors: ({ bucket }, service) => {
    const { cors } = service.bucket(bucket);
    if (cors === undefined) {
      throw new ServiceError('NoSuchCORSConfiguration', 'The CORS configuration does not exist', 404);
    }
    return { ...xmlAnswer('CORSConfiguration', []), body: corsConfigurationElement(cors) };
  },
  DeleteBucketCors: ({ bucket }, service) => {
    const found = service.bucket(bucket);
    found.cors = undefined;
    found.keep();
    return { status: 204 };
  },
  PutBucketNotificationConfiguration: async (request, service) => {
    const bucket = service.bucket(request.bucket);
    bucket.notifications = await readNotifications(request, service.queues);
    bucket.keep();
    service.events.sendTest(bucket, request.requestId);
    return { status: 200 };
  },
  GetBucketNotificationConfiguration: ({ bucket }, service) => ({
    ...xmlAnswer('NotificationConfiguration', []),
    body: notificationConfigurationElement(service.bucket(bucket).notifications),
  }),
} satisfies Readonly<Record<string, Operation>>;
