import { createDynamodb } from './create-dynamodb.js';
import { serveEmulator } from './protocol/serve-emulator.js';

/** `node dynamodb.js [FOLDER [PORT]]`: without a folder the data is in memory. */
const [folder, port] = process.argv.slice(2);
await serveEmulator(createDynamodb(folder), port);
