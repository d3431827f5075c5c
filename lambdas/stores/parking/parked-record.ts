import { compile } from '@swipegate/contract';
import Type from 'typebox';

/** A user record of a stream that cannot be processed at present. */
export interface Parkable {
  /** Place in the stream: sequence number and sub-sequence number. Sorts as a string. */
  sequence: string;
  partitionKey: string;
  data: Uint8Array;
  /** Description of the problem, for the operator who fixes it. */
  reason: string;
}

/** Row of the table of unreadable records. */
export const ParkedRecord = Type.Object({
  /** Stream name and shard id. Sequences are ordered within a shard. */
  shardKey: Type.String(),
  sequence: Type.String(),
  partitionKey: Type.String(),
  data: Type.String({ description: 'base64' }),
  reason: Type.String(),
  parkedAt: Type.String({ description: 'RFC 3339' }),
  expiresAt: Type.Integer({ description: 'Epoch seconds' }),
});
export type ParkedRecord = Type.Static<typeof ParkedRecord>;

export const isParkedRecord = compile(ParkedRecord);
