import { Display, type Screen } from '@swipegate/terminal/display';
import { printableJson } from '@swipegate/terminal/fit';
import { wantsColor } from '@swipegate/terminal/ink';
import { type LiveView, liveLine, liveLines } from '../report/lines/live.js';
import { progressMessage } from '../report/lines/messages.js';
import { probeLines } from '../report/lines/result-lines.js';
import type { Probe, RunResult } from '../report/result/run-result.js';
import type { CommandIo } from './command.js';

/** Outside a terminal, print one line per this many views. */
const LINE_EVERY = 5;

/** Shows a run's progress: redraws in place on a terminal, prints lines to a pipe, sends messages to a parent process. */
export class RunView {
  readonly screen: Screen;
  readonly #io: CommandIo;
  readonly #json: boolean;
  readonly #display: Display;
  readonly #color: boolean;
  readonly #parent = process.send === undefined ? undefined : sendToParent;
  #views = 0;

  constructor(io: CommandIo, json: boolean) {
    this.#io = io;
    this.#json = json;
    this.screen = json ? io.stderr : io.stdout;
    this.#display = new Display(this.screen);
    this.#color = wantsColor(this.screen, io.env);
  }

  readonly show = (view: LiveView): void => {
    this.#views += 1;
    if (this.#parent !== undefined) {
      if (this.#views === 1) void this.#parent({ type: 'ready' });
      void this.#parent(progressMessage(view));
    } else if (this.#display.live) {
      this.#display.draw(liveLines(view, { color: this.#color, ...this.#display.size }));
    } else if (this.#views % LINE_EVERY === 1) {
      this.#display.say(liveLine(view));
    }
  };

  probed(probe: Probe): void {
    if (this.#parent === undefined) this.#display.say(...probeLines(probe));
    else void this.#parent({ type: 'probed', probe });
  }

  /** Resolves when a parent process has got the result: a large one would be cut off by an earlier disconnect. */
  async end(result: RunResult, lines: readonly string[]): Promise<void> {
    this.#display.say(...lines);
    if (this.#json) this.#io.stdout.write(`${printableJson(result)}\n`);
    await this.#parent?.({ type: 'finished', result });
  }
}

/** Resolves when the message is written, after all earlier ones, or when the parent is gone. */
function sendToParent(message: object): Promise<void> {
  return new Promise((resolve) => {
    process.send?.(message, undefined, undefined, () => resolve());
  });
}
