import kinesalite from 'kinesalite';
import { serveEmulator } from './protocol/serve-emulator.js';

/** `node kinesis.js [FOLDER]`: without a folder the data is in memory. */
const [path] = process.argv.slice(2);
const none = { createStreamMs: 0, deleteStreamMs: 0, updateStreamMs: 0 };
await serveEmulator(kinesalite({ ...none, shardLimit: 1_000, ...(path !== undefined && { path }) }));
