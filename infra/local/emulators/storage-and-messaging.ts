import { serveChild } from '../processes/child-side.js';
import { serveStorageAndMessaging } from './serve-storage-and-messaging.js';

const [folder, how] = process.argv.slice(2);
if (folder === undefined) throw new Error('Usage: storage-and-messaging.js FOLDER [keep]');
const { close, faults: _, ...ready } = await serveStorageAndMessaging({ folder, keep: how === 'keep' });
serveChild({ ready, onStop: close });
