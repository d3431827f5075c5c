import { button, type Child, element, newId } from './element.js';
import type { Field } from './fields.js';
import { form } from './form.js';

export interface FormDialog {
  title: string;
  /** What comes of it. */
  text?: Child;
  fields: readonly Field<unknown>[];
  submitLabel: string;
  isDanger?: boolean;
  submit(): Promise<void>;
}

/** Asks for something in a modal dialog, which stays open until it is sent or given up. @returns whether it was sent */
export function askForm({ title, text, fields, submitLabel, isDanger, submit }: FormDialog): Promise<boolean> {
  return opened(title, (close) => [
    typeof text === 'string' ? element('p', {}, text) : text,
    form({
      fields,
      submitLabel,
      ...(isDanger === undefined ? {} : { isDanger }),
      cancel: () => close(false),
      async submit() {
        await submit();
        close(true);
      },
    }),
  ]);
}

/**
 * Shows something once, which is gone when the dialog is closed: neither Escape closes it, nor anything but its button.
 * @param doneLabel what the user confirms
 */
export function showOnce(title: string, content: Child, doneLabel: string): Promise<boolean> {
  return opened(
    title,
    (close) => [
      content,
      element(
        'p',
        { class: 'buttons' },
        button(doneLabel, () => close(true), { class: 'primary' }),
      ),
    ],
    {
      isOnce: true,
    },
  );
}

function opened(
  title: string,
  contentOf: (close: (result: boolean) => void) => Child,
  { isOnce = false }: { isOnce?: boolean } = {},
): Promise<boolean> {
  return new Promise((resolve) => {
    const heading = element('h2', { id: newId() }, title);
    const dialog = element('dialog', { 'aria-labelledby': heading.id });
    let result = false;
    const close = (sent: boolean): void => {
      result = sent;
      dialog.close();
    };
    dialog.append(heading, element('div', {}, contentOf(close)));
    dialog.addEventListener('cancel', (event) => {
      if (isOnce) event.preventDefault();
    });
    dialog.addEventListener('close', () => {
      // A second Escape closes it in any case: nothing else may then be left open.
      dialog.remove();
      resolve(result);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
