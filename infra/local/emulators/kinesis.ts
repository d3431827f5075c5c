import { createKinesis } from './create-kinesis.js';
import { serveEmulator } from './protocol/serve-emulator.js';

/** `node kinesis.js [FOLDER [PORT]]`: without a folder the data is in memory. */
const [folder, port] = process.argv.slice(2);
await serveEmulator(createKinesis(folder), port);
