import { ApiError, sentenceOf } from './api-error.js';
import { button, element, fill } from './element.js';

/**
 * Says what went wrong, in its place: with a button to try again where that may help, or to sign in where only that does. It is
 * no new sign-in by itself, for what the user has typed would be lost.
 */
export function complainWith(signInAgain: () => void): (where: HTMLElement, error: unknown, again: () => void) => void {
  return (where, error, again) => {
    const { title, action } = isSignedOut(error)
      ? { title: 'Your sign-in has ended.', action: button('Sign in again', signInAgain) }
      : { title: titleOf(error), action: button('Try again', again) };
    const isHopeless = error instanceof ApiError && !error.isPassing && !error.isSignedOut;
    fill(
      where,
      element(
        'div',
        { class: 'alert', role: 'alert' },
        element('p', {}, element('strong', {}, title), ' ', sentenceOf(error)),
        isHopeless ? undefined : action,
      ),
    );
  };
}

function isSignedOut(error: unknown): boolean {
  return error instanceof ApiError && error.isSignedOut;
}

function titleOf(error: unknown): string {
  if (!(error instanceof ApiError)) return 'Something failed.';
  if (error.status === 403) return 'Your role does not allow this.';
  return error.status === 0 ? 'No connection.' : 'That did not work.';
}
