import dynalite from 'dynalite';
import { serveEmulator } from './serve-emulator.js';

await serveEmulator(dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 }));
