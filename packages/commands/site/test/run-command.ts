import { Writable } from 'node:stream';
import type { Command } from '../../command.js';

/** Runs a command in this process. @returns its exit code, its output, and the error that it throws */
export async function runCommand(command: Command, args: readonly string[], env: Record<string, string> = {}) {
  const [stdout, stderr] = [textSink(), textSink()];
  const io = { stdout: stdout.stream, stderr: stderr.stream, env };
  const result = await command.run(args, io).then(
    (code) => ({ code, error: undefined }),
    (error: unknown) => ({ code: undefined, error }),
  );
  const message = result.error instanceof Error ? result.error.message : '';
  return { ...result, message, stdout: stdout.text(), stderr: stderr.text() };
}

function textSink() {
  const parts: string[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      parts.push(String(chunk));
      done();
    },
  });
  return { stream, text: () => parts.join('') };
}
