import { S3Client } from '@aws-sdk/client-s3';

/** Result of a put: `refused` has no effect; `unanswered` has one, but the answer is lost. */
export type PutFate = 'done' | 'refused' | 'unanswered';

/** S3 client with objects in memory; supports only the calls of the event store. */
export function memoryBucket(fateOf: () => PutFate = () => 'done') {
  const objects = new Map<string, string>();
  const s3 = new S3Client({ region: 'eu-central-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } });
  s3.middlewareStack.add(
    () => async (args) => {
      const input: object = args.input;
      return { output: { $metadata: {}, ...('Body' in input ? put(input) : list(input)) }, response: {} };
    },
    { step: 'initialize', priority: 'high' },
  );
  return { s3, objects };

  function put(input: object) {
    const fate = fateOf();
    if (fate !== 'refused') objects.set(member(input, 'Key'), member(input, 'Body'));
    if (fate !== 'done') throw new Error(`The put was ${fate}`);
    return {};
  }

  function list(input: object) {
    const [prefix, after] = [member(input, 'Prefix'), member(input, 'StartAfter')];
    const keys = Array.from(objects.keys()).filter((key) => key.startsWith(prefix) && key > after);
    return { Contents: keys.sort().map((Key) => ({ Key })) };
  }
}

function member(input: object, name: string): string {
  const value: unknown = Reflect.get(input, name);
  return typeof value === 'string' ? value : '';
}
