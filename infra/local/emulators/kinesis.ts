import kinesalite from 'kinesalite';
import { serveEmulator } from './protocol/serve-emulator.js';

await serveEmulator(kinesalite({ createStreamMs: 0, deleteStreamMs: 0, updateStreamMs: 0, shardLimit: 1_000 }));
