import type { Server } from 'node:http';
import kinesalite from 'kinesalite';
import { holdEmptyReads } from './hold-reads.js';
import { playRecordDistribution } from './record-distribution.js';

/** Embedded Kinesis, not listening yet. @param path folder of the data; default: in memory */
export function createKinesis(path?: string): Server {
  const atOnce = { createStreamMs: 0, deleteStreamMs: 0, updateStreamMs: 0 };
  const kinesis = kinesalite({ ...atOnce, shardLimit: 1_000, ...(path !== undefined && { path }) });
  return holdEmptyReads(playRecordDistribution(kinesis));
}
