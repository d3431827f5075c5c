import type { Agenda } from '../schedule/agenda.js';

/** A reader or a device that can lose its network. */
interface Networked {
  goOffline(): void;
  comeBack(): void;
}

interface OfflineSpellsOptions {
  readers: readonly Networked[];
  agenda: Agenda;
  /** Share of the readers that go offline. */
  share: number;
  /** Mean time from the end of a spell to the next, ms. */
  everyMs: number;
  forMs: number;
  /** [0, 1) */
  random(): number;
}

/** Takes readers offline at random times. */
export class OfflineSpells {
  readonly #options: OfflineSpellsOptions;
  readonly #away = new Set<Networked>();
  #stopped = false;

  constructor(options: OfflineSpellsOptions) {
    this.#options = options;
  }

  begin(): void {
    const { readers, share, random } = this.#options;
    for (const reader of readers) if (random() < share) this.#awaitNext(reader);
  }

  /** Brings all readers back online and starts no more spells. */
  stop(): void {
    this.#stopped = true;
    for (const reader of this.#away) reader.comeBack();
    this.#away.clear();
  }

  #awaitNext(reader: Networked): void {
    const { agenda, everyMs, forMs, random } = this.#options;
    const gapMs = -Math.log(1 - random()) * everyMs;
    agenda.at(performance.now() + gapMs, (_dueMs, nowMs) => {
      if (this.#stopped) return;
      this.#away.add(reader);
      reader.goOffline();
      agenda.at(nowMs + forMs, () => {
        if (!this.#away.delete(reader)) return;
        reader.comeBack();
        this.#awaitNext(reader);
      });
    });
  }
}
