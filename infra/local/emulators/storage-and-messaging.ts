import { serveChild } from '../processes/child-side.js';
import { serveStorageAndMessaging } from './serve-storage-and-messaging.js';

/** With ports (0 for a free one) all state is in the folder and stays; without, only the objects, until the end. */
const [folder, ...given] = process.argv.slice(2);
if (folder === undefined) throw new Error('Usage: storage-and-messaging.js FOLDER [S3_PORT SNS_PORT SQS_PORT]');
const [s3 = 0, sns = 0, sqs = 0] = given.map(Number);
const keep = given.length > 0;
const { close, faults: _, ...ready } = await serveStorageAndMessaging({ folder, keep, ports: { s3, sns, sqs } });
serveChild({ ready, onStop: close });
