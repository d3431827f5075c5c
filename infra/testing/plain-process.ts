/**
 * Preloaded into the process of each test file, before what tap preloads there itself (`.taprc` says so).
 *
 * tap has every process of a test, its children and workers too, write down which modules it loaded: for coverage and for
 * `--changed`, which are not used here. Before Node 24 it takes a loader on a thread of its own, and a gateway needs twice the
 * CPU to start. Without it a child is the process that production runs.
 */
import module from 'node:module';

// Its own switch: no hooks in `require`, in the end of the process, and in `spawn`, by which children would get the loader.
process.env['__TAPJS_PROCESSINFO_TESTING_NO_REGISTER__'] = String(process.pid);

// The loader itself has no switch.
const register: typeof module.register = module.register;
Object.assign(module, {
  register: (...args: Parameters<typeof register>) => {
    if (!String(args[0]).endsWith('/processinfo/dist/esm/loader.mjs')) register(...args);
  },
});

// A forked child takes its parent's arguments.
process.execArgv = process.execArgv.filter((argument) => !/^--enable-source-maps$|processinfo/.test(argument));
// Children start in other folders, where this file is not.
delete process.env['NODE_OPTIONS'];
