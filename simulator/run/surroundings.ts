import type { Reader } from '@swipegate/contract';
import { durationMs } from '@swipegate/terminal/duration';
import type { Equipment } from '../readers/equipment.js';
import { Heartbeats } from '../readers/heartbeats.js';
import { Hostile } from '../readers/hostile.js';
import { OfflineSpells } from '../readers/offline-spells.js';
import type { RunRecorder } from '../report/result/run-recorder.js';
import type { Agenda } from '../schedule/agenda.js';
import type { LoadWorkerOptions } from './load-worker-messages.js';

interface SurroundingsOptions extends Pick<LoadWorkerOptions, 'site' | 'keys' | 'scenario'> {
  target: URL;
  /** Readers of the site that can be simulated. */
  candidates: readonly Reader[];
  equipment: Equipment;
  agenda: Agenda;
  recorder: RunRecorder;
  /** [0, 1) */
  random(): number;
}

/** Activity besides people's swipes: heartbeats, offline readers, hostile posts. */
export class Surroundings {
  readonly #heartbeats: Heartbeats | undefined;
  readonly #spells: OfflineSpells | undefined;
  readonly hostile: Hostile;

  constructor({ target, site, keys, candidates, equipment, scenario, agenda, recorder, random }: SurroundingsOptions) {
    const { heartbeat, offline } = scenario.readers;
    if (heartbeat !== null) {
      const everyMs = durationMs(heartbeat);
      const onProblem = (problem: string): void => recorder.problem(problem);
      this.#heartbeats = new Heartbeats({ readers: equipment.stations, target, agenda, everyMs, random, onProblem });
    }
    if (offline !== null) {
      const times = { everyMs: durationMs(offline.every), forMs: durationMs(offline.for) };
      this.#spells = new OfflineSpells({ readers: equipment.readers, agenda, share: offline.share, ...times, random });
    }
    this.hostile = new Hostile({
      target,
      keys,
      readers: candidates,
      cardIds: site.cards.map(({ cardId }) => cardId),
      shares: scenario.attack,
      agenda,
      random,
      onAnswer: (kind, repelled, why) => {
        recorder.attack(kind, repelled);
        if (!repelled) recorder.example(`${kind}: ${why}`);
      },
    });
  }

  begin(): void {
    this.#heartbeats?.begin();
    this.#spells?.begin();
  }

  /** Brings offline readers back online; they post the swipes they stored. */
  stop(): void {
    this.#heartbeats?.stop();
    this.#spells?.stop();
  }
}
