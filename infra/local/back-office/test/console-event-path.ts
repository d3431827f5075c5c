import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SNSClient } from '@aws-sdk/client-sns';
import { Change, type ChangeStatus, compile } from '@swipegate/contract';
import { applyEvent } from '@swipegate/lambdas/change-apply/apply-event';
import { readEnvironment } from '@swipegate/lambdas/change-apply/environment';
import { FactReader } from '@swipegate/lambdas/change-apply/fact-reader';
import { addToChange, changeRow } from '@swipegate/lambdas/stores/changes/change-table';
import { pino } from 'pino';

type Step = Exclude<ChangeStatus['state'], 'accepted' | 'rejected'>;

const isChange = compile(Change);

/**
 * Replaces topic, queue, event store and their functions. Published changes are marked as stored and applied by the
 * real rules, one after another. A test may hold changes before a step.
 */
export class EventPath {
  /** A client that publishes to this event path. */
  readonly sns: SNSClient;
  readonly published: Change[] = [];
  readonly #held = new Map<Step, { open: Promise<void>; release: () => void }>();
  #last: Promise<void> = Promise.resolve();
  #position = 0;

  constructor(dynamodb: DynamoDBClient) {
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
    this.sns = new SNSClient({ region: 'eu-central-1', credentials });
    const tables = readEnvironment({});
    const parts = {
      dynamodb,
      tables,
      facts: new FactReader(dynamodb, tables),
      events: { putPlacements: async () => undefined },
      logger: pino({ level: 'silent' }),
      now: () => Date.now(),
    };
    const travel = async (change: Change): Promise<void> => {
      await this.#held.get('stored')?.open;
      const storedAt = new Date().toISOString();
      await addToChange(dynamodb, tables.TABLE_CHANGES, change, { ...changeRow(change), storedAt }, 'storedAt');
      await this.#held.get('applied')?.open;
      this.#position += 1;
      await applyEvent(change, String(this.#position).padStart(12, '0'), parts);
    };
    this.sns.middlewareStack.add(
      () => async (args) => {
        const change: unknown = 'Message' in args.input ? JSON.parse(String(args.input.Message)) : undefined;
        if (!isChange(change)) throw new Error('The published message is not a change');
        this.published.push(change);
        this.#last = this.#last.then(() => travel(change));
        return { output: { $metadata: {}, MessageId: change.changeId }, response: {} };
      },
      { step: 'initialize', priority: 'high' },
    );
  }

  /** Holds changes before a step until the returned function is called. */
  hold(step: Step): () => void {
    let release = (): void => undefined;
    const open = new Promise<void>((resolve) => {
      release = resolve;
    });
    const letGo = () => {
      this.#held.delete(step);
      release();
    };
    this.#held.set(step, { open, release: letGo });
    return letGo;
  }

  /** Resolves when all published changes are settled. */
  settled(): Promise<void> {
    return this.#last;
  }
}
