import {
  KinesisClient,
  LimitExceededException,
  ResourceInUseException,
  ResourceNotFoundException,
  type StartingPosition,
  type SubscribeToShardEvent,
  type SubscribeToShardEventStream,
} from '@aws-sdk/client-kinesis';
import type { Decision } from '@swipegate/contract';
import { aggregate } from 'kinesis-producer-lite/aggregate';
import { pino } from 'pino';
import t, { type Test } from 'tap';
import { decisionFor, swipe } from '../../test/test-app.js';
import { FanOutTail, type FanOutTailOptions } from '../fan-out-tail.js';

const $metadata = {};

/** Step of a scripted subscription: an event, an error that ends it, 'silence' (sends nothing more), or a callback. */
type Step = SubscribeToShardEvent | Error | 'silence' | (() => void);

interface Subscribed {
  shardId: string;
  position: StartingPosition;
}

/** SDK client whose calls are answered by a script. */
class ScriptedKinesis {
  readonly client = new KinesisClient({
    region: 'eu-central-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  readonly calls: string[] = [];
  readonly subscribed: Subscribed[] = [];
  /** Next subscriptions by shard: their events, or the error of the call itself. */
  readonly subscriptions = new Map<string, (Step[] | Error)[]>();
  shards: { ShardId: string; closed?: boolean }[] = [{ ShardId: 'shard-0' }];
  /** Status of the consumer at each check; undefined: it does not exist. */
  statuses: ('CREATING' | 'DELETING' | 'ACTIVE' | undefined)[] = [undefined, 'CREATING', 'ACTIVE'];
  /** Other gateways' consumers: when each was last seen, epoch ms; undefined: it has no such tag. */
  readonly others = new Map<string, number | undefined>();
  /** Listed besides the others. */
  own = ['arn:consumer'];
  /** Consumers that the stream allows. */
  room = 20;
  readonly tagged: unknown[] = [];
  isTagRefused = false;
  #notify: () => void = () => undefined;

  constructor() {
    this.client.middlewareStack.add(
      (_next, context) =>
        async ({ input }) => {
          this.calls.push(context.commandName ?? '');
          try {
            return { response: {}, output: { $metadata, ...this.#answer(context.commandName ?? '', input) } };
          } finally {
            this.#notify();
          }
        },
      { step: 'initialize', priority: 'high', name: 'script' },
    );
  }

  /** Resolves after `count` SubscribeToShard calls. */
  async subscriptionsRequested(count: number): Promise<void> {
    while (this.subscribed.length < count) await this.called();
  }

  /** Resolves at the next call. */
  async called(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#notify = resolve;
    });
  }

  #answer(command: string, input: object): object {
    switch (command) {
      case 'DescribeStreamSummaryCommand':
        return { StreamDescriptionSummary: { StreamARN: 'arn:stream' } };
      case 'DescribeStreamConsumerCommand': {
        const ConsumerStatus = this.statuses.length > 1 ? this.statuses.shift() : this.statuses[0];
        if (ConsumerStatus === undefined) throw new ResourceNotFoundException({ $metadata, message: 'none' });
        return { ConsumerDescription: { ConsumerStatus, ConsumerARN: 'arn:consumer' } };
      }
      case 'RegisterStreamConsumerCommand':
        if (this.others.size < this.room) return {};
        throw new LimitExceededException({ $metadata, message: 'too many consumers' });
      case 'ListStreamConsumersCommand':
        return { Consumers: [...this.own, ...this.others.keys()].map((ConsumerARN) => ({ ConsumerARN })) };
      case 'ListTagsForResourceCommand': {
        const seenMs = this.others.get(String(Reflect.get(input, 'ResourceARN')));
        return { Tags: seenMs === undefined ? [] : [{ Key: 'swipegate:seen', Value: String(seenMs) }] };
      }
      case 'DeregisterStreamConsumerCommand':
        this.others.delete(String(Reflect.get(input, 'ConsumerARN')));
        return {};
      case 'TagResourceCommand':
        if (this.isTagRefused) throw new Error('no tags');
        this.tagged.push(input);
        return {};
      case 'ListShardsCommand':
        return {
          Shards: this.shards.map(({ ShardId, closed }) => ({
            ShardId,
            SequenceNumberRange: { StartingSequenceNumber: '0', ...(closed ? { EndingSequenceNumber: '9' } : {}) },
          })),
        };
      case 'SubscribeToShardCommand':
        return { EventStream: this.#subscribe(input) };
      default:
        return {};
    }
  }

  #subscribe(input: object): AsyncIterable<SubscribeToShardEventStream> {
    const shardId = String(Reflect.get(input, 'ShardId'));
    this.subscribed.push({ shardId, position: Reflect.get(input, 'StartingPosition') });
    const steps = this.subscriptions.get(shardId)?.shift() ?? ['silence'];
    if (steps instanceof Error) throw steps;
    return events(steps);
  }
}

async function* events(steps: readonly Step[]): AsyncGenerator<SubscribeToShardEventStream> {
  for (const step of steps) {
    if (step === 'silence') await new Promise(() => undefined);
    else if (step instanceof Error) throw step;
    else if (typeof step === 'function') step();
    else yield { SubscribeToShardEvent: step };
  }
}

function event(continuation: string, ...decisions: Decision[]): SubscribeToShardEvent {
  const records = decisions.map((decision) => ({ partitionKey: 'acme/north-in', data: JSON.stringify(decision) }));
  const Records =
    records.length === 0
      ? []
      : [{ SequenceNumber: continuation, PartitionKey: 'acme/north-in', Data: aggregate(records) }];
  return { Records, ContinuationSequenceNumber: continuation, MillisBehindLatest: 0 };
}

/** The last event of a shard that was split or merged. */
function lastEvent(children: string[], ...decisions: Decision[]): SubscribeToShardEvent {
  return {
    ...event('', ...decisions),
    ContinuationSequenceNumber: undefined,
    ChildShards: children.map((ShardId) => ({
      ShardId,
      ParentShards: [],
      HashKeyRange: { StartingHashKey: '0', EndingHashKey: '1' },
    })),
  };
}

async function start(t: Test, kinesis: ScriptedKinesis, more: Partial<FanOutTailOptions> = {}) {
  const got: Decision[] = [];
  let notify = (): void => undefined;
  const tail = await FanOutTail.start({
    kinesis: kinesis.client,
    streamName: 'decisions',
    consumerName: 'gateway-1',
    onDecisions: (decisions) => {
      got.push(...decisions);
      notify();
    },
    logger: pino({ level: 'silent' }),
    retryMs: 1,
    ...more,
  });
  let stopped = false;
  const stop = async (): Promise<void> => {
    if (!stopped) await tail.stop();
    stopped = true;
  };
  t.teardown(stop);
  /** Resolves after `count` decisions. */
  const decisionsArrived = async (count: number): Promise<void> => {
    while (got.length < count) {
      await new Promise<void>((resolve) => {
        notify = resolve;
      });
    }
  };
  return { tail, got, decisionsArrived, stop };
}

const decisions = Array.from({ length: 6 }, () => decisionFor(swipe()));
const [a, b, c, d] = decisions;
if (a === undefined || b === undefined || c === undefined || d === undefined) throw new Error('four are made');

t.test('registers a consumer, waits for it, subscribes to open shards, and deregisters it', async (t) => {
  const kinesis = new ScriptedKinesis();
  kinesis.statuses = ['DELETING', undefined, 'CREATING', 'ACTIVE'];
  kinesis.shards = [{ ShardId: 'shard-0', closed: true }, { ShardId: 'shard-1' }, { ShardId: 'shard-2' }];
  kinesis.subscriptions.set('shard-1', [[event('1', a, b), event('2'), 'silence']]);
  const { tail, got, decisionsArrived, stop } = await start(t, kinesis);
  t.equal(kinesis.calls.filter((name) => name === 'RegisterStreamConsumerCommand').length, 1);
  t.same(
    kinesis.subscribed.map(({ shardId, position }) => [shardId, position.Type]),
    [
      ['shard-1', 'LATEST'],
      ['shard-2', 'LATEST'],
    ],
  );
  await decisionsArrived(2);
  t.same(got, [a, b]);
  t.equal(tail.healthy, true);
  t.equal(tail.behindMs, 0);
  await stop();
  t.equal(kinesis.calls.at(-1), 'DeregisterStreamConsumerCommand');
});

t.test('a subscription that ends after its five minutes is renewed where it ended', async (t) => {
  const kinesis = new ScriptedKinesis();
  kinesis.subscriptions.set('shard-0', [
    [event('1', a), event('2')],
    [event('3', b), 'silence'],
  ]);
  const { tail, got, decisionsArrived } = await start(t, kinesis);
  await kinesis.subscriptionsRequested(2);
  await decisionsArrived(2);
  t.same(kinesis.subscribed[1]?.position, { Type: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: '2' });
  t.same(got, [a, b]);
  t.equal(tail.healthy, true);
});

t.test('a subscription that breaks before its first event resumes at its start time', async (t) => {
  const kinesis = new ScriptedKinesis();
  const beganMs = Date.now();
  kinesis.subscriptions.set('shard-0', [[new Error('reset')], [event('1', a), 'silence']]);
  const { decisionsArrived } = await start(t, kinesis);
  await kinesis.subscriptionsRequested(2);
  const position = kinesis.subscribed[1]?.position;
  t.equal(position?.Type, 'AT_TIMESTAMP');
  t.ok(Math.abs((position?.Timestamp?.getTime() ?? 0) - beganMs) < 10_000);
  await decisionsArrived(1);
});

t.test('when a shard ends, its children are followed, each once', async (t) => {
  const kinesis = new ScriptedKinesis();
  kinesis.shards = [{ ShardId: 'left' }, { ShardId: 'right' }];
  let release = (): void => undefined;
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  kinesis.subscriptions.set('left', [[lastEvent(['child'], a)]]);
  kinesis.subscriptions.set('right', [[event('5', b), 'silence']]);
  kinesis.subscriptions.set('child', [[() => release(), lastEvent(['grandchild', 'right'], c)]]);
  kinesis.subscriptions.set('grandchild', [[event('1', d), 'silence']]);
  const { tail, decisionsArrived } = await start(t, kinesis);
  await gate;
  await decisionsArrived(4);
  t.same(
    kinesis.subscribed.map(({ shardId, position }) => `${shardId} ${position.Type}`),
    ['left LATEST', 'right LATEST', 'child TRIM_HORIZON', 'grandchild TRIM_HORIZON'],
  );
  t.equal(tail.healthy, true);
});

t.test('after an error or silence the tail is unhealthy and behind, and resumes at the last position', async (t) => {
  const kinesis = new ScriptedKinesis();
  const inUse = new ResourceInUseException({ $metadata, message: 'another subscription' });
  const trimmed = Object.assign(new Error('trimmed'), { name: 'InvalidArgumentException' });
  kinesis.subscriptions.set('shard-0', [
    inUse,
    [event('7', a), new Error('reset')],
    inUse,
    [event('8'), 'silence'],
    trimmed,
    [event('9', b), 'silence'],
  ]);
  const seen: boolean[] = [];
  const { tail, got, decisionsArrived } = await start(t, kinesis, { silenceMs: 20 });
  await kinesis.subscriptionsRequested(3);
  seen.push(tail.healthy);
  t.ok(tail.behindMs >= 0);
  await decisionsArrived(2);
  t.same(seen, [false]);
  t.same(got, [a, b]);
  t.same(
    kinesis.subscribed.slice(0, 6).map(({ position }) => position.SequenceNumber ?? position.Type),
    ['LATEST', 'LATEST', '7', '7', '8', 'TRIM_HORIZON'],
  );
});

t.test('behindMs is Kinesis’s value and grows while there is no subscription', async (t) => {
  const kinesis = new ScriptedKinesis();
  kinesis.subscriptions.set('shard-0', [
    [{ ...event('1', a), MillisBehindLatest: 4_000 }, new Error('reset')],
    ...Array.from({ length: 1_000 }, () => new Error('still away')),
  ]);
  const { tail, decisionsArrived } = await start(t, kinesis);
  await decisionsArrived(1);
  await kinesis.subscriptionsRequested(5);
  t.equal(tail.healthy, false);
  t.ok(tail.behindMs > 4_000, String(tail.behindMs));
});

t.test('a start without permission to subscribe fails and deregisters the consumer', async (t) => {
  const kinesis = new ScriptedKinesis();
  const denied = Object.assign(new Error('not authorized'), { name: 'AccessDeniedException' });
  kinesis.subscriptions.set(
    'shard-0',
    Array.from({ length: 1_000 }, () => denied),
  );
  await t.rejects(start(t, kinesis), /not authorized/);
  t.equal(kinesis.calls.at(-1), 'DeregisterStreamConsumerCommand');
});

const GONE_MS = 11 * 60_000;

t.test('a gateway says in a tag that it lives, and removes the consumers of gateways that are gone', async (t) => {
  const kinesis = new ScriptedKinesis();
  kinesis.others.set('arn:living', Date.now());
  kinesis.others.set('arn:gone', Date.now() - GONE_MS);
  kinesis.others.set('arn:foreign', undefined);
  const { stop } = await start(t, kinesis, { renewMs: 1 });
  t.ok(kinesis.others.has('arn:gone'), 'not at once: after an outage the living need time to say so');
  while (kinesis.others.has('arn:gone') || kinesis.tagged.length < 3) await kinesis.called();
  t.same(Array.from(kinesis.others.keys()), ['arn:living', 'arn:foreign']);
  t.match(kinesis.tagged[0], { ResourceARN: 'arn:consumer', Tags: { 'swipegate:seen': /^\d{13}$/ } });
  await stop();
  const { length } = kinesis.calls;
  t.equal(kinesis.calls[length - 1], 'DeregisterStreamConsumerCommand', 'the last call removes its own');
});

t.test('on a stream without room, a start removes the consumers of gateways that are gone', async (t) => {
  const kinesis = new ScriptedKinesis();
  kinesis.statuses = [undefined, undefined, 'CREATING', 'ACTIVE'];
  kinesis.own = [];
  for (let i = 1; i < kinesis.room; i++) kinesis.others.set(`arn:living-${i}`, Date.now());
  kinesis.others.set('arn:gone', Date.now() - GONE_MS);
  const { tail } = await start(t, kinesis);
  t.equal(tail.healthy, true);
  t.equal(kinesis.others.size, 19);
  t.notOk(kinesis.others.has('arn:gone'));
});

t.test('a start that is refused on a stream with room removes no consumer', async (t) => {
  const kinesis = new ScriptedKinesis();
  kinesis.statuses = [undefined, undefined, 'CREATING', 'ACTIVE'];
  kinesis.own = [];
  kinesis.room = 1;
  kinesis.others.set('arn:gone', Date.now() - GONE_MS);
  await start(t, kinesis);
  t.ok(kinesis.others.has('arn:gone'));
});

t.test('each loss of the lease is logged once', async (t) => {
  const kinesis = new ScriptedKinesis();
  const logged: string[] = [];
  const { stop } = await start(t, kinesis, { renewMs: 1, logger: pino({}, { write: (line) => logged.push(line) }) });
  const lossesLogged = () => logged.filter((line) => line.includes('cannot be tagged')).length;
  for (const losses of [1, 2]) {
    kinesis.isTagRefused = true;
    while (lossesLogged() < losses) await kinesis.called();
    kinesis.isTagRefused = false;
    const { length } = kinesis.tagged;
    while (kinesis.tagged.length < length + 2) await kinesis.called();
  }
  t.equal(lossesLogged(), 2);
  await stop();
});

t.test('a stream that stays full fails the start with an error that is no refusal, so it is repeated', async (t) => {
  const kinesis = new ScriptedKinesis();
  kinesis.statuses = [undefined];
  kinesis.room = 1;
  kinesis.others.set('arn:living', Date.now());
  await t.rejects(start(t, kinesis), { code: 'CONSUMER_NOT_ACTIVE', message: /has all consumers it may have/ });
  t.ok(kinesis.others.has('arn:living'));
});

t.test('a consumer that somebody removed is registered again, once for all shards', async (t) => {
  const kinesis = new ScriptedKinesis();
  kinesis.statuses = ['ACTIVE', undefined, 'ACTIVE'];
  kinesis.shards = [{ ShardId: 'shard-0' }, { ShardId: 'shard-1' }];
  const removed = () => new ResourceNotFoundException({ $metadata, message: 'no such consumer' });
  kinesis.subscriptions.set('shard-0', [
    [event('1', a), removed()],
    [event('2', b), 'silence'],
  ]);
  kinesis.subscriptions.set('shard-1', [
    [event('1', c), removed()],
    [event('2', d), 'silence'],
  ]);
  const { tail, decisionsArrived } = await start(t, kinesis);
  await decisionsArrived(4);
  t.equal(kinesis.calls.filter((name) => name === 'RegisterStreamConsumerCommand').length, 1);
  t.equal(tail.healthy, true);
});
