import { serveChild } from '../child-side.js';
import { serveStorageAndMessaging } from './serve-storage-and-messaging.js';

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('Usage: storage-and-messaging.js FOLDER');
const { s3Endpoint, snsEndpoint, sqsEndpoint, close } = await serveStorageAndMessaging({ folder });
serveChild({ ready: { s3Endpoint, snsEndpoint, sqsEndpoint }, onStop: close });
