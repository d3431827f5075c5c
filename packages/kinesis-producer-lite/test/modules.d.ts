declare module 'kinesalite' {
  import type { Server } from 'node:http';

  export default function kinesalite(options?: {
    createStreamMs?: number;
    updateStreamMs?: number;
    shardLimit?: number;
    ssl?: boolean;
  }): Server;
}
