import { type Decision, decisionJson, type SwipeMessage, type SwipeRecord, swipeRecordOf } from '@swipegate/contract';
import { aggregate } from 'kinesis-producer-lite/aggregate';
import { deaggregate } from 'kinesis-producer-lite/deaggregate';

interface PutRecords {
  Records: { Data: string; PartitionKey: string }[];
}

/** As many decisions per record as decide puts into one. */
const DECISIONS_PER_RECORD = 80;

/** A decide that grants each swipe, and the decisions stream, for one reader: each decision is read once. */
export class GrantedSwipes {
  #decisions: Decision[] = [];
  #count = 0;

  /** @param body of PutRecords for the stream of swipes */
  take(body: Buffer): void {
    const { Records }: PutRecords = JSON.parse(body.toString());
    for (const { Data, PartitionKey } of Records) {
      for (const { data } of deaggregate(Buffer.from(Data, 'base64'), PartitionKey)) {
        const swipe: SwipeMessage & { kind?: string } = JSON.parse(Buffer.from(data).toString());
        // Other kinds, such as door events, get no decision.
        if (swipe.kind === undefined) this.#decisions.push(this.#granted(swipeRecordOf(swipe)));
      }
    }
  }

  /** Returns the Records of GetRecords as JSON. */
  records(): string {
    const decisions = this.#decisions;
    this.#decisions = [];
    const records: object[] = [];
    for (let i = 0; i < decisions.length; i += DECISIONS_PER_RECORD) {
      const part = decisions.slice(i, i + DECISIONS_PER_RECORD);
      const data = aggregate(part.map((decision) => ({ partitionKey: 'k', data: decisionJson(decision) })));
      records.push({ Data: data.toString('base64'), PartitionKey: 'k', SequenceNumber: String(this.#count + i) });
    }
    return JSON.stringify(records);
  }

  #granted({ swipeId, tenantId, readerId, cardId, readAt, receivedAt }: SwipeRecord): Decision {
    this.#count += 1;
    return {
      ...{ swipeId, tenantId, readerId, cardId, outcome: 'granted', reason: 'granted', direction: 'in' },
      ...{ readAt, receivedAt, decidedAt: new Date().toISOString(), timeBasis: 'readAt', sequence: `${this.#count}.0` },
    };
  }
}
