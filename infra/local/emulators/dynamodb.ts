import dynalite from 'dynalite';
import { addPartiql } from './partiql.js';
import { serveEmulator } from './protocol/serve-emulator.js';

/** `node dynamodb.js [FOLDER]`: without a folder the data is in memory. */
const [path] = process.argv.slice(2);
const server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0, ...(path !== undefined && { path }) });
addPartiql(server);
await serveEmulator(server);
