declare module 'kinesalite' {
  import type { Server } from 'node:http';

  /** Embedded Kinesis. The times are how long a stream stays in CREATING, DELETING and UPDATING, ms. */
  export default function kinesalite(options?: {
    createStreamMs?: number;
    deleteStreamMs?: number;
    updateStreamMs?: number;
    shardLimit?: number;
    /** Folder of the data. Default: in memory. */
    path?: string;
  }): Server;
}

declare module 'dynalite' {
  import type { Server } from 'node:http';

  /** Embedded DynamoDB. The times are how long a table stays in CREATING, DELETING and UPDATING, ms. */
  export default function dynalite(options?: {
    createTableMs?: number;
    deleteTableMs?: number;
    updateTableMs?: number;
    /** Folder of the data. Default: in memory. */
    path?: string;
  }): Server;
}
