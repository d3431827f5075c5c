import { writeSync } from 'node:fs';
import { KinesisProducer } from '../producer.js';
import { connectionTo } from './emulator.js';

/**
 * Puts numbered records and writes the number of each to stdout once it is acknowledged. The parent may kill it at any
 * moment. Usage: `putting-child.js PORT STREAM DIRECTORY FROM COUNT`.
 */
const [port, streamName = '', directory = '', from, count] = process.argv.slice(2);
const producer = await KinesisProducer.start({
  streamName,
  client: connectionTo(Number(port)),
  lingerMs: 1,
  requestTimeoutMs: 1_000,
  retryBaseMs: 5,
  retryMaxMs: 50,
  spool: { directory, afterMs: 100, segmentBytes: 64 * 1024 },
});
/** Writes synchronously, so that every acknowledgement before a kill is reported. Retries while the pipe is full. */
function tell(line: string): void {
  for (;;) {
    try {
      writeSync(1, line);
      return;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error;
    }
  }
}

const waiting: Promise<void>[] = [];
for (let n = Number(from); n < Number(from) + Number(count); n++) {
  const text = `${n}:`.padEnd(200, '.');
  waiting.push(
    producer.put(`card-${n % 23}`, text).then(() => {
      tell(`${n}\n`);
    }),
  );
  if (n % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
}
await Promise.all(waiting);
await producer.close();
