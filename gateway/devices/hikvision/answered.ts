import { LRUCache } from 'lru-cache';

interface Answered {
  /** When the device asked, by its own clock, ms since the epoch. */
  askedMs: number;
  /** Whether the gateway let the person in; undefined while it does not know. */
  opens: boolean | undefined;
  /** Id of the device's record of the same event. */
  recordId?: string;
}

/** A device that the gateway does not answer decides after 5 s, and reports that then, ms. */
const SAME_MS = 10_000;
/** A report may wait for the network for longer, but is then rarely one of an answered question, ms. */
const KEPT_MS = 3_600_000;
const MOST_QUESTIONS = 10_000;

/** How a record of a device relates to the question before it. */
export type RecordKind = 'of-its-own' | 'of-the-question' | 'against-the-answer';

/**
 * The questions that devices asked lately. A device reports the outcome of each once more, as an event with a number of
 * its own.
 */
export class AnsweredQuestions {
  readonly #questions = new LRUCache<string, Answered>({ max: MOST_QUESTIONS, ttl: KEPT_MS });

  /**
   * @param key device, reader and person
   * @returns a function that takes what the gateway answered
   */
  ask(key: string, askedMs: number): (opens: boolean) => void {
    const question: Answered = { askedMs, opens: undefined };
    this.#questions.set(key, question);
    return (opens) => {
      question.opens = opens;
    };
  }

  /** @param recordId number and time of the record: a record that comes again has the same */
  kindOf(key: string, record: { recordId: string; atMs: number; outcome: 'granted' | 'denied' }): RecordKind {
    const question = this.#questions.get(key);
    if (question === undefined || Math.abs(record.atMs - question.askedMs) > SAME_MS) return 'of-its-own';
    // A second record belongs to no question: it is a swipe of its own.
    if ((question.recordId ?? record.recordId) !== record.recordId) return 'of-its-own';
    question.recordId = record.recordId;
    const opened = record.outcome === 'granted';
    return opened === (question.opens ?? false) ? 'of-the-question' : 'against-the-answer';
  }
}
