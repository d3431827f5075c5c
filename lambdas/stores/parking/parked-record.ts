import { compile } from '@swipegate/contract';
import Type from 'typebox';

/** A user record of a stream that nobody can do anything with as things are. */
export interface Parkable {
  /** Its place in the stream: sequence number and sub-sequence number, ordered as strings are. */
  sequence: string;
  partitionKey: string;
  data: Uint8Array;
  /** What is wrong, for who puts it right. */
  reason: string;
}

/** Row of the table of unreadable records. */
export const ParkedRecord = Type.Object({
  /** Stream name and shard id: the order of the sequences is that of the shard. */
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
