import dynalite from 'dynalite';
import { addPartiql } from './partiql.js';
import { serveEmulator } from './protocol/serve-emulator.js';

const server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
addPartiql(server);
await serveEmulator(server);
