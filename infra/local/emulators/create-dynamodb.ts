import type { Server } from 'node:http';
import dynalite from 'dynalite';
import { addPartiql } from './partiql.js';

/** Embedded DynamoDB with PartiQL, not listening yet. @param path folder of the data; default: in memory */
export function createDynamodb(path?: string): Server {
  const atOnce = { createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 };
  const server = dynalite({ ...atOnce, ...(path !== undefined && { path }) });
  addPartiql(server);
  return server;
}
