import type { BackOfficeNames } from './provision-back-office.js';

/** Environment variables of the back office's functions that have no default, because they hold addresses. */
export function functionEnvironment({ changesTopicArn, queueUrls }: BackOfficeNames): Record<string, string> {
  return { CHANGES_TOPIC_ARN: changesTopicArn, DEAD_LETTER_QUEUE_URL: queueUrls.changesDead };
}
