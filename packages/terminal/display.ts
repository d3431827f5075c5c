import type { Writable } from 'node:stream';
import { printableText } from './fit.js';

/** Output of a display: process.stdout, process.stderr, or a test's stream. */
export interface Screen extends Writable {
  isTTY?: boolean;
  columns?: number;
  rows?: number;
}

/** Writes lines that stay and, on a terminal, a block below them that is redrawn in place. */
export class Display {
  readonly #screen: Screen;
  #drawn = 0;

  constructor(screen: Screen) {
    this.#screen = screen;
  }

  /** Whether the screen is a terminal, where a block can be redrawn. */
  get live(): boolean {
    return this.#screen.isTTY === true;
  }

  get size(): { columns: number; rows: number } {
    return { columns: this.#screen.columns ?? 80, rows: this.#screen.rows ?? 24 };
  }

  /** Writes lines that stay. The live block above them stays as it was last drawn. */
  say(...lines: string[]): void {
    this.#drawn = 0;
    this.#screen.write(lines.map((line) => `${printableText(line)}\n`).join(''));
  }

  /** Draws the live block over the previous one. */
  draw(lines: readonly string[]): void {
    const up = this.#drawn === 0 ? '' : `\u001b[${this.#drawn}A\r`;
    this.#drawn = lines.length;
    this.#screen.write(`${up}${lines.map((line) => `${printableText(line)}\u001b[K\n`).join('')}\u001b[J`);
  }
}
