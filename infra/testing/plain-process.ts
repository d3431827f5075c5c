/**
 * Preloaded into each test process before tap's own preloads (`.taprc`). Stops tap from recording loaded modules for
 * coverage and `--changed`, unused here: before Node 24 its loader thread doubles the CPU of a gateway's start.
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
