import { serveChild } from '../processes/child-side.js';
import { serveStorageAndMessaging } from './serve-storage-and-messaging.js';

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('Usage: storage-and-messaging.js FOLDER');
const { close, faults: _, ...ready } = await serveStorageAndMessaging({ folder });
serveChild({ ready, onStop: close });
