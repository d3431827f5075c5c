/**
 * Preloaded into each test process before tap's own preloads (`.taprc`). Switches off what tap does in each process and
 * is unused here. It records loaded modules for coverage and `--changed` (before Node 24 its loader thread doubles the
 * CPU of a gateway's start), and follows promises.
 */
import asyncHooks from 'node:async_hooks';
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

// tap follows each promise, to name the test of an uncaught error: a sixth of all CPU. Without it, such an error still
// fails the test file, because it ends the process.
const noHook = { enable: () => noHook, disable: () => noHook };
Object.assign(asyncHooks, { createHook: () => noHook });
module.syncBuiltinESMExports();

// A forked child inherits its parent's execArgv.
process.execArgv = process.execArgv.filter((argument) => !/^--enable-source-maps$|processinfo/.test(argument));
// NODE_OPTIONS names this file by a relative path, and children start in other folders.
delete process.env['NODE_OPTIONS'];
