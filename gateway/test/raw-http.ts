import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A connection whose client writes HTTP by hand. */
export class RawClient {
  readonly socket: Socket;
  text = '';

  constructor(port: number | string) {
    this.socket = connect({ port: Number(port), host: '127.0.0.1', allowHalfOpen: true });
    this.socket.on('error', () => undefined);
    this.socket.on('data', (chunk: Buffer) => {
      this.text += chunk.toString();
    });
  }

  write(text: string): this {
    this.socket.write(text);
    return this;
  }

  /** Resolves when the received text matches. Rejects if the server closes the connection before. */
  async until(pattern: RegExp): Promise<string> {
    while (!pattern.test(this.text)) {
      if (this.socket.readableEnded || this.socket.destroyed) throw new Error(`Closed after ${this.text}`);
      await Promise.race([once(this.socket, 'data'), once(this.socket, 'end'), once(this.socket, 'close')]);
    }
    return this.text;
  }

  /** Resolves with all that was received when the server has closed the connection. */
  async closed(): Promise<string> {
    if (!this.socket.readableEnded && !this.socket.destroyed) {
      await Promise.race([once(this.socket, 'end'), once(this.socket, 'close')]);
    }
    this.socket.destroy();
    return this.text;
  }
}
