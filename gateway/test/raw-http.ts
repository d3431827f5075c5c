import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A connection whose client writes HTTP by hand. */
export class RawClient {
  readonly socket: Socket;
  text = '';
  readonly #encoding: BufferEncoding;

  /** @param encoding of what is written and received; with latin1, a character is a byte */
  constructor(port: number | string, encoding: BufferEncoding = 'utf8') {
    this.#encoding = encoding;
    this.socket = connect({ port: Number(port), host: '127.0.0.1', allowHalfOpen: true });
    this.socket.on('error', () => undefined);
    this.socket.on('data', (chunk: Buffer) => {
      this.text += chunk.toString(encoding);
    });
  }

  write(text: string): this {
    this.socket.write(text, this.#encoding);
    return this;
  }

  get isClosed(): boolean {
    return this.socket.readableEnded || this.socket.destroyed;
  }

  /** Resolves when the received text matches. Rejects if the server closes the connection before. */
  async until(pattern: { test(text: string): boolean }): Promise<string> {
    while (!pattern.test(this.text)) {
      if (this.isClosed) throw new Error(`Closed after ${this.text}`);
      await Promise.race([once(this.socket, 'data'), once(this.socket, 'end'), once(this.socket, 'close')]);
    }
    return this.text;
  }

  /** Resolves with all that was received when the server has closed the connection. */
  async closed(): Promise<string> {
    if (!this.isClosed) {
      await Promise.race([once(this.socket, 'end'), once(this.socket, 'close')]);
    }
    this.socket.destroy();
    return this.text;
  }
}
