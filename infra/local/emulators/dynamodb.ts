import { createDynamodb } from './create-dynamodb.js';
import { serveEmulator } from './protocol/serve-emulator.js';

/** `node dynamodb.js [FOLDER]`: without a folder the data is in memory. */
await serveEmulator(createDynamodb(process.argv[2]));
