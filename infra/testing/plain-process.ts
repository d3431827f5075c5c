/**
 * Preloaded into the process of each test file, before tap's own preloads (see `.taprc`).
 *
 * tap makes every test process, with its children and workers, record the modules it loads, for coverage and
 * `--changed`. This repository uses neither. Before Node 24 the recording needs a loader in a separate thread, and a
 * gateway needs twice the CPU to start. Without the recording, a child runs as it does in production.
 */
import module from 'node:module';

// tap's own switch: no hooks in `require`, process exit and `spawn` (the last one passes the loader on to children).
process.env['__TAPJS_PROCESSINFO_TESTING_NO_REGISTER__'] = String(process.pid);

// The loader itself has no switch.
const register: typeof module.register = module.register;
Object.assign(module, {
  register: (...args: Parameters<typeof register>) => {
    if (!String(args[0]).endsWith('/processinfo/dist/esm/loader.mjs')) register(...args);
  },
});

// A forked child inherits its parent's execArgv.
process.execArgv = process.execArgv.filter((argument) => !/^--enable-source-maps$|processinfo/.test(argument));
// NODE_OPTIONS names this file by a relative path, and children start in other folders.
delete process.env['NODE_OPTIONS'];
