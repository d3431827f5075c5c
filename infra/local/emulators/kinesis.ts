import { createKinesis } from './create-kinesis.js';
import { serveEmulator } from './protocol/serve-emulator.js';

/** `node kinesis.js [FOLDER]`: without a folder the data is in memory. */
await serveEmulator(createKinesis(process.argv[2]));
