import type { ChangeStatus } from '@swipegate/contract';
import type { ChangeRequest } from './api.js';
import type { ChangeTracker } from './change-tracker.js';
import { askForm } from './dialog.js';
import type { Child } from './element.js';
import { type Field, whyField } from './fields.js';
import { IdempotencyKey } from './idempotency-key.js';
import type { PageContext } from './page-context.js';

export interface WhyDialog {
  /** What is asked for: heads the dialog, and what is shown of the change. */
  title: string;
  /** What comes of it. */
  text: Child;
  submitLabel: string;
  isDanger?: boolean;
  /** Besides the reason. */
  fields?: readonly Field<unknown>[];
  /** The request of a reason. */
  request(why: string): Omit<ChangeRequest, 'idempotencyKey'>;
  settled(change: ChangeStatus): void;
}

/** Asks for the reason of a change, sends it, and follows it. */
export async function askWhy({ api }: PageContext, tracker: ChangeTracker, asked: WhyDialog): Promise<void> {
  const why = whyField();
  const key = new IdempotencyKey();
  const { title, text, submitLabel, isDanger = false, fields = [] } = asked;
  const change = await askForm({
    title,
    text,
    fields: [...fields, why],
    submitLabel,
    isDanger,
    submit() {
      const request = asked.request(why.read());
      return api.change({ ...request, idempotencyKey: key.for(request) });
    },
  });
  if (change !== undefined) void tracker.follow(change, title, asked.settled);
}
