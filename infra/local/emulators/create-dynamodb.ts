import type { Server } from 'node:http';
import dynalite from 'dynalite';
import db from 'dynalite/db/index.js';
import { MemoryTables } from './dynamodb/memory-tables.js';
import { serveBatches } from './dynamodb/serve-batches.js';

/** Embedded DynamoDB with PartiQL, not listening yet. @param path folder of the data; default: in memory */
export function createDynamodb(path?: string): Server {
  if (path !== undefined) return serveBatches(dynalite({ ...AT_ONCE, path }));
  const tables = new MemoryTables();
  return serveBatches(inMemory(tables), tables);
}

const AT_ONCE = { createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 };

/** dynalite has no option for its storage, but makes it through a function that can stand in for a moment. */
function inMemory(tables: MemoryTables): Server {
  const { create } = db;
  db.create = () => tables.asDynaliteStore();
  try {
    return dynalite();
  } finally {
    db.create = create;
  }
}
