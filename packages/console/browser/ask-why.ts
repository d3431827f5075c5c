import type { ChangeStatus } from '@swipegate/contract';
import type { ChangeRequest } from './api.js';
import type { ChangeTracker } from './change-tracker.js';
import { askForm } from './dialog.js';
import type { Child } from './element.js';
import { type Field, whyField } from './fields.js';
import { IdempotencyKey } from './idempotency-key.js';
import type { PageContext } from './page-context.js';

export interface WhyDialog {
  /** Heading of the dialog and of the change's progress. */
  title: string;
  /** Consequence of the change. */
  text: Child;
  submitLabel: string;
  isDanger?: boolean;
  /** Fields shown before the reason. */
  fields?: readonly Field<unknown>[];
  /** Builds the request. */
  request(why: string): Omit<ChangeRequest, 'idempotencyKey'>;
  settled(change: ChangeStatus): void;
}

/** Asks for the reason of a change, sends the change and shows its progress. */
export async function askWhy({ api }: PageContext, tracker: ChangeTracker, dialog: WhyDialog): Promise<void> {
  const why = whyField();
  const key = new IdempotencyKey();
  const { title, text, submitLabel, isDanger = false, fields = [] } = dialog;
  const change = await askForm({
    title,
    text,
    fields: [...fields, why],
    submitLabel,
    isDanger,
    submit() {
      const request = dialog.request(why.read());
      return api.change({ ...request, idempotencyKey: key.for(request) });
    },
  });
  if (change !== undefined) void tracker.follow(change, title, dialog.settled);
}
