import { button, buttonRow, type Child, element, newId } from './element.js';
import type { Field } from './fields.js';
import { form } from './form.js';

interface FormDialog<Sent> {
  title: string;
  /** Explanation above the fields. */
  text?: Child;
  fields: readonly Field<unknown>[];
  submitLabel: string;
  isDanger?: boolean;
  /** Whether the dialog takes the width of the window. */
  isWide?: boolean;
  /** Reads and sends the fields. If it rejects, the error is shown and the dialog stays open. */
  submit(): Promise<Sent>;
}

/**
 * Shows a form in a modal dialog, which stays open until the form is sent or cancelled.
 * @returns the result of submit, once the dialog is closed and the focus is restored; undefined if cancelled
 */
export function askForm<Sent>(dialog: FormDialog<Sent>): Promise<Sent | undefined> {
  const { title, text, submit, isWide, ...options } = dialog;
  const content = (close: (sent: Sent | undefined) => void) => [
    typeof text === 'string' ? element('p', {}, text) : text,
    form({ ...options, cancel: () => close(undefined), submit: async () => close(await submit()) }),
  ];
  return opened<Sent>(title, content, { isWide });
}

/** Shows content that only informs. */
export async function showNotice(title: string, content: Child): Promise<void> {
  await opened<void>(title, (close) => [
    content,
    buttonRow(button('Close', () => close(undefined), { class: 'primary' })),
  ]);
}

/**
 * Shows content that cannot be shown again. Only the button closes the dialog; Escape does not.
 * @param doneLabel label of the button, by which the user confirms
 */
export async function showOnce(title: string, content: Child, doneLabel: string): Promise<void> {
  await opened<void>(
    title,
    (close) => [content, buttonRow(button(doneLabel, () => close(undefined), { class: 'primary' }))],
    { isOnce: true },
  );
}

/** Shows content in a modal dialog. @returns the value with which it is closed; undefined if cancelled */
export function opened<Result>(
  title: string,
  contentOf: (close: (result: Result | undefined) => void) => Child,
  { isOnce = false, isWide = false }: { isOnce?: boolean; isWide?: boolean | undefined } = {},
): Promise<Result | undefined> {
  return new Promise((resolve) => {
    const heading = element('h2', { id: newId() }, title);
    const dialog = element('dialog', { 'aria-labelledby': heading.id, class: isWide ? 'wide' : undefined });
    let result: Result | undefined;
    const close = (closedWith: Result | undefined): void => {
      result = closedWith;
      dialog.close();
    };
    dialog.append(heading, element('div', {}, contentOf(close)));
    if (isOnce) {
      // Browsers let a page prevent `cancel` (e.g. a phone's back gesture) only once in a row, but a key press always.
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
