import { button, type Child, element, newId } from './element.js';
import type { Field } from './fields.js';
import { form } from './form.js';

export interface FormDialog<Sent> {
  title: string;
  /** What comes of it. */
  text?: Child;
  fields: readonly Field<unknown>[];
  submitLabel: string;
  isDanger?: boolean;
  /** Reads the fields and sends them; what it rejects with is said in the dialog, which stays open. */
  submit(): Promise<Sent>;
}

/**
 * Asks for something in a modal dialog, which stays open until it is sent or given up.
 * @returns what was made of it, once the dialog is gone and the focus is free; undefined where it was given up
 */
export function askForm<Sent>(asked: FormDialog<Sent>): Promise<Sent | undefined> {
  const { title, text, fields, submitLabel, isDanger = false, submit } = asked;
  return opened<Sent>(title, (close) => [
    typeof text === 'string' ? element('p', {}, text) : text,
    form({ fields, submitLabel, isDanger, cancel: () => close(undefined), submit: async () => close(await submit()) }),
  ]);
}

/**
 * Shows something once, which is gone when the dialog is closed: no Escape closes it, but its button.
 * @param doneLabel what the user confirms
 */
export async function showOnce(title: string, content: Child, doneLabel: string): Promise<void> {
  await opened<void>(
    title,
    (close) => [
      content,
      element(
        'p',
        { class: 'buttons' },
        button(doneLabel, () => close(undefined), { class: 'primary' }),
      ),
    ],
    { isOnce: true },
  );
}

function opened<Result>(
  title: string,
  contentOf: (close: (result: Result | undefined) => void) => Child,
  { isOnce = false }: { isOnce?: boolean } = {},
): Promise<Result | undefined> {
  return new Promise((resolve) => {
    const heading = element('h2', { id: newId() }, title);
    const dialog = element('dialog', { 'aria-labelledby': heading.id });
    let result: Result | undefined;
    const close = (closedWith: Result | undefined): void => {
      result = closedWith;
      dialog.close();
    };
    dialog.append(heading, element('div', {}, contentOf(close)));
    if (isOnce) {
      // A browser lets `cancel`, as of a phone's way back, be prevented but once; a key always.
      dialog.addEventListener('cancel', (event) => event.preventDefault());
      dialog.addEventListener('keydown', (event) => {
        if (event.key === 'Escape') event.preventDefault();
      });
    }
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(result);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
