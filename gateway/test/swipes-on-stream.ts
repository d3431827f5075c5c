import { GetRecordsCommand, GetShardIteratorCommand, ListShardsCommand } from '@aws-sdk/client-kinesis';
import { STREAMS } from '@swipegate/contract';
import type { ProvisionedCloud } from '@swipegate/infra/local/cloud/cloud';
import { deaggregate } from 'kinesis-producer-lite/deaggregate';

/** Reads the swipeIds on the `swipes` stream, by card, in stream order. */
export async function swipesOnStream({ clients: { kinesis } }: ProvisionedCloud): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>();
  const { Shards = [] } = await kinesis.send(new ListShardsCommand({ StreamName: STREAMS.swipes }));
  for (const { ShardId } of Shards) {
    const { ShardIterator } = await kinesis.send(
      new GetShardIteratorCommand({ StreamName: STREAMS.swipes, ShardId, ShardIteratorType: 'TRIM_HORIZON' }),
    );
    const { Records = [] } = await kinesis.send(new GetRecordsCommand({ ShardIterator, Limit: 10_000 }));
    for (const { Data = new Uint8Array(), PartitionKey = '' } of Records) {
      for (const { data } of deaggregate(Data, PartitionKey)) {
        const { cardId, swipeId } = JSON.parse(Buffer.from(data).toString());
        found.set(cardId, [...(found.get(cardId) ?? []), swipeId]);
      }
    }
  }
  return found;
}
