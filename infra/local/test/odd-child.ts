import { writeFileSync } from 'node:fs';
import { RunView } from '@swipegate/simulator/commands/run-view';
import { sampleRun } from '@swipegate/simulator/report/test/sample-run';

/** Child of a test. It behaves as its environment variable ODD_CHILD says. */
const { argv, env } = process;
const [outFile] = argv.slice(argv.indexOf('--out') + 1);
const io = { stdout: process.stdout, stderr: process.stderr, env };

switch (env['ODD_CHILD']) {
  case 'ends with a large result': {
    process.send?.({ type: 'ready' });
    await new RunView(io, false).end(sampleRun({ seconds: 4_000 }), []);
    process.disconnect();
    break;
  }
  case 'is killed after it wrote its result': {
    process.send?.({ type: 'ready' });
    if (outFile !== undefined) writeFileSync(outFile, JSON.stringify(sampleRun()));
    process.kill(process.pid, 'SIGKILL');
    break;
  }
  case 'ends without a result':
    process.send?.({ type: 'ready' });
    process.disconnect();
    break;
  case 'exits instead of draining':
    process.send?.({ type: 'ready' });
    process.once('message', () => process.exit(0));
    break;
  case 'drains late': {
    process.on('message', (message: { id: number }) => {
      if (message.id === 2) for (const id of [1, 2]) process.send?.({ type: 'drained', id, reason: `of ${id}` });
    });
    process.send?.({ type: 'ready' });
  }
}
