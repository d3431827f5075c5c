import type { SignIn } from './api/sign-in.js';
import { awaitSession, handOver, signInHash } from './api/sign-in-window.js';
import { opened } from './widgets/dialog.js';
import { button, buttonRow, element, fill, link, place } from './widgets/element.js';

const OTHER_USER = 'Another user signed in there, so nothing was sent. Sign out there, then sign in again as yourself.';

/**
 * Makes a function that asks the user to sign in again in a new window, above what is open, which stays as it is.
 * Concurrent callers share one prompt. The function returns whether the same user has signed in.
 */
export function sessionPrompt(signIn: SignIn): () => Promise<boolean> {
  let asking: Promise<boolean> | undefined;
  return () => {
    asking ??= ask(signIn).finally(() => {
      asking = undefined;
    });
    return asking;
  };
}

async function ask(signIn: SignIn): Promise<boolean> {
  const waiting = new AbortController();
  const id = crypto.randomUUID();
  const isSignedIn = await opened<boolean>('Your session has ended', (close) => {
    const wrong = element('p', { class: 'alert', role: 'alert', hidden: true }, OTHER_USER);
    awaitSession(signIn, {
      id,
      signal: waiting.signal,
      onAnswer: (answer) => {
        wrong.hidden = answer === 'taken';
        if (answer === 'taken') close(true);
      },
    });
    return [
      element('p', {}, 'Sign in again in a new window. Your text stays here, and is sent after you sign in.'),
      wrong,
      buttonRow(
        link('Sign in again', signInHash(id), { target: '_blank', rel: 'noopener', class: 'button primary' }),
        button('Cancel', () => close(false)),
      ),
    ];
  });
  waiting.abort();
  return isSignedIn ?? false;
}

/** Hands this window's session over to the window that asked for it, and shows how it goes on. */
export function drawHandOver(signIn: SignIn, id: string, openConsole: () => void, signOut: () => void): void {
  const show = (title: string, text: string, action: HTMLElement) =>
    fill(
      place('main'),
      element(
        'div',
        { class: 'card sign-in' },
        element('h1', {}, title),
        element('p', { role: 'status' }, text),
        action,
      ),
    );
  const text = 'Go back to the window with your form. You can close this one.';
  show('You are signed in', text, button('Open the console here', openConsole));
  handOver(signIn, id, (answer) => {
    // A browser may refuse to close a window that the user opened by a link.
    if (answer === 'taken') close();
    else show('Another user', 'The window with the form belongs to another user.', button('Sign out', signOut));
  });
}
