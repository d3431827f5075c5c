import { randomUUID } from 'node:crypto';
import type { _Record as KinesisRecord } from '@aws-sdk/client-kinesis';
import type { Context, KinesisStreamEvent } from 'aws-lambda';

export type Handler = (event: KinesisStreamEvent, context: Context) => Promise<unknown>;

export interface FunctionOptions {
  functionName: string;
  timeoutMs: number;
  streamArn: string;
  region: string;
}

export class FunctionTimeoutError extends Error {
  override readonly name = 'FunctionTimeoutError';
  readonly code = 'FUNCTION_TIMEOUT';
}

/** Calls a handler as Lambda does: with its event, its context and its time limit. */
export class LambdaFunction {
  readonly #handler: Handler;
  readonly #options: FunctionOptions;

  constructor(handler: Handler, options: FunctionOptions) {
    this.#handler = handler;
    this.#options = options;
  }

  get arn(): string {
    return `arn:aws:lambda:${this.#options.region}:000000000000:function:${this.#options.functionName}`;
  }

  /**
   * @returns the handler's answer
   * @throws {FunctionTimeoutError} when it takes too long; it goes on unseen, where Lambda would freeze or kill it
   */
  async invoke(shardId: string, records: readonly KinesisRecord[]): Promise<unknown> {
    const { timeoutMs, functionName } = this.#options;
    let timer: NodeJS.Timeout | undefined;
    const tooLong = new Promise<never>((_, reject) => {
      const message = `${functionName} took longer than ${timeoutMs} ms`;
      timer = setTimeout(() => reject(new FunctionTimeoutError(message)), timeoutMs);
    });
    try {
      return await Promise.race([this.#handler(this.#event(shardId, records), this.#context()), tooLong]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Shape: https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html */
  #event(shardId: string, records: readonly KinesisRecord[]): KinesisStreamEvent {
    const { streamArn, region } = this.#options;
    return {
      Records: records.map(({ SequenceNumber = '', PartitionKey = '', Data, ApproximateArrivalTimestamp }) => ({
        kinesis: {
          kinesisSchemaVersion: '1.0',
          partitionKey: PartitionKey,
          sequenceNumber: SequenceNumber,
          data: Data === undefined ? '' : Buffer.from(Data.buffer, Data.byteOffset, Data.byteLength).toString('base64'),
          approximateArrivalTimestamp: (ApproximateArrivalTimestamp?.getTime() ?? 0) / 1000,
        },
        eventSource: 'aws:kinesis',
        eventVersion: '1.0',
        eventID: `${shardId}:${SequenceNumber}`,
        eventName: 'aws:kinesis:record',
        invokeIdentityArn: 'arn:aws:iam::000000000000:role/local',
        awsRegion: region,
        eventSourceARN: streamArn,
      })),
    };
  }

  #context(): Context {
    const { functionName, timeoutMs } = this.#options;
    const deadlineMs = performance.now() + timeoutMs;
    return {
      callbackWaitsForEmptyEventLoop: false,
      functionName,
      functionVersion: '$LATEST',
      invokedFunctionArn: this.arn,
      memoryLimitInMB: '0',
      awsRequestId: randomUUID(),
      logGroupName: `/aws/lambda/${functionName}`,
      logStreamName: 'local',
      getRemainingTimeInMillis: () => Math.max(0, deadlineMs - performance.now()),
      done: () => undefined,
      fail: () => undefined,
      succeed: () => undefined,
    };
  }
}
