import { compile } from '@swipegate/contract';
import Type from 'typebox';
import { ServiceError } from '../protocol/service-error.js';

/** As CreateQueue and SetQueueAttributes take them: all of them strings. */
export type QueueAttributes = Readonly<Record<string, string>>;

/** Attributes that are numbers, with AWS's bounds and default. Times in seconds, sizes in bytes. */
const NUMBERS = {
  VisibilityTimeout: { least: 0, most: 43_200, default: 30 },
  DelaySeconds: { least: 0, most: 900, default: 0 },
  ReceiveMessageWaitTimeSeconds: { least: 0, most: 20, default: 0 },
  MaximumMessageSize: { least: 1_024, most: 1_048_576, default: 1_048_576 },
  MessageRetentionPeriod: { least: 60, most: 1_209_600, default: 345_600 },
} as const;
export type NumberAttribute = keyof typeof NUMBERS;

/** Attributes that are kept and told, and change nothing here. */
const KEPT_ONLY = [
  'Policy',
  'RedriveAllowPolicy',
  'KmsMasterKeyId',
  'KmsDataKeyReusePeriodSeconds',
  'SqsManagedSseEnabled',
];
const FIFO_ONLY = ['FifoQueue', 'ContentBasedDeduplication', 'DeduplicationScope', 'FifoThroughputLimit'];

const isRedrivePolicy = compile(
  Type.Object({
    deadLetterTargetArn: Type.String(),
    maxReceiveCount: Type.Union([Type.Integer({ minimum: 1, maximum: 1_000 }), Type.String({ pattern: '^\\d{1,4}$' })]),
  }),
);

/** Where messages go that were received too often. */
export interface RedrivePolicy {
  deadLetterTargetArn: string;
  maxReceiveCount: number;
}

export function numberOf(attributes: QueueAttributes, name: NumberAttribute): number {
  return Number(attributes[name] ?? NUMBERS[name].default);
}

/** @throws {ServiceError} InvalidParameterValue */
export function redrivePolicyOf({ RedrivePolicy: text }: QueueAttributes): RedrivePolicy | undefined {
  if (text === undefined || text === '') return undefined;
  const policy = parse(text);
  if (!isRedrivePolicy(policy)) throw invalid('RedrivePolicy', text);
  return { deadLetterTargetArn: policy.deadLetterTargetArn, maxReceiveCount: Number(policy.maxReceiveCount) };
}

/**
 * Makes sure that AWS would take these.
 *
 * @throws {ServiceError} InvalidAttributeName, InvalidAttributeValue, InvalidParameterValue
 */
export function checkAttributes(attributes: QueueAttributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (isNumberName(name)) {
      const { least, most } = NUMBERS[name];
      if (!/^\d+$/.test(value) || Number(value) < least || Number(value) > most) throw invalid(name, value);
    } else if (name !== 'RedrivePolicy' && !KEPT_ONLY.includes(name) && !FIFO_ONLY.includes(name)) {
      throw new ServiceError('InvalidAttributeName', `Unknown Attribute ${name}.`);
    } else if (FIFO_ONLY.includes(name) && attributes['FifoQueue'] !== 'true') {
      // AWS does not know the name where the queue is a standard one, not even with the value false.
      throw new ServiceError('InvalidAttributeName', `Unknown Attribute ${name}.`);
    }
  }
  redrivePolicyOf(attributes);
}

/** With the defaults of what was not set. */
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

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
