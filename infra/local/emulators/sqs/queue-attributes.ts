import { compile, jsonIn } from '@swipegate/contract';
import Type from 'typebox';
import { ServiceError } from '../protocol/service-error.js';

export type QueueAttributes = Readonly<Record<string, string>>;

/** Numeric attributes with AWS's limits and defaults. Times in seconds, sizes in bytes. */
const NUMBERS = {
  VisibilityTimeout: { least: 0, most: 43_200, default: 30 },
  DelaySeconds: { least: 0, most: 900, default: 0 },
  ReceiveMessageWaitTimeSeconds: { least: 0, most: 20, default: 0 },
  MaximumMessageSize: { least: 1_024, most: 1_048_576, default: 1_048_576 },
  MessageRetentionPeriod: { least: 60, most: 1_209_600, default: 345_600 },
} as const;
type NumberAttribute = keyof typeof NUMBERS;

const KMS = ['KmsMasterKeyId', 'KmsDataKeyReusePeriodSeconds', 'SqsManagedSseEnabled'];
/** Attributes that are stored and returned but have no effect here. */
const IGNORED = [...KMS, 'Policy', 'RedriveAllowPolicy'];
const FIFO_ONLY = ['FifoQueue', 'ContentBasedDeduplication', 'DeduplicationScope', 'FifoThroughputLimit'];

const isRedrivePolicy = compile(
  Type.Object({
    deadLetterTargetArn: Type.String(),
    maxReceiveCount: Type.Union([Type.Integer({ minimum: 1, maximum: 1_000 }), Type.String({ pattern: '^\\d{1,4}$' })]),
  }),
);

/** After `maxReceiveCount` receives a message goes to the dead-letter queue. */
interface RedrivePolicy {
  deadLetterTargetArn: string;
  maxReceiveCount: number;
}

export function numberOf(attributes: QueueAttributes, name: NumberAttribute): number {
  return Number(attributes[name] ?? NUMBERS[name].default);
}

/** @throws {ServiceError} InvalidParameterValue */
export function redrivePolicyOf({ RedrivePolicy: text }: QueueAttributes): RedrivePolicy | undefined {
  if (text === undefined || text === '') return undefined;
  const policy = jsonIn(Buffer.from(text));
  if (!isRedrivePolicy(policy)) throw invalid('RedrivePolicy', text);
  return { deadLetterTargetArn: policy.deadLetterTargetArn, maxReceiveCount: Number(policy.maxReceiveCount) };
}

/** @throws {ServiceError} InvalidAttributeName, InvalidAttributeValue, InvalidParameterValue if AWS would refuse them */
export function checkAttributes(attributes: QueueAttributes): void {
  // AWS rejects FifoQueue for a standard queue, even with the value false.
  const isFifo = attributes['FifoQueue'] === 'true';
  for (const [name, value] of Object.entries(attributes)) {
    if (isNumberName(name)) {
      const { least, most } = NUMBERS[name];
      if (!/^\d+$/.test(value) || Number(value) < least || Number(value) > most) throw invalid(name, value);
    } else if (!(isFifo ? FIFO_ONLY : []).concat('RedrivePolicy', IGNORED).includes(name)) {
      throw new ServiceError('InvalidAttributeName', `Unknown Attribute ${name}.`);
    }
  }
  redrivePolicyOf(attributes);
}

/** Adds the defaults of attributes that are not set. */
export function withDefaults(attributes: QueueAttributes): QueueAttributes {
  const numbers = Object.entries(NUMBERS).map(([name, { default: value }]): [string, string] => [name, String(value)]);
  const fifo =
    attributes['FifoQueue'] === 'true'
      ? { ContentBasedDeduplication: 'false', DeduplicationScope: 'queue', FifoThroughputLimit: 'perQueue' }
      : {};
  return { ...Object.fromEntries(numbers), SqsManagedSseEnabled: 'true', ...fifo, ...attributes };
}

function isNumberName(name: string): name is NumberAttribute {
  return Object.hasOwn(NUMBERS, name);
}

function invalid(name: string, value: string): ServiceError {
  return new ServiceError('InvalidAttributeValue', `Invalid value for the parameter ${name}: ${value}`);
}

/** SQS's error for most invalid input. */
export function invalidParameterValue(message: string): ServiceError {
  return new ServiceError('InvalidParameterValue', message);
}
