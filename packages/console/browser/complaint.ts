import { ApiError, sentenceOf } from './api-error.js';
import { button, element, fill } from './element.js';

/**
 * Makes a function that shows an error in place, with a button to try again if that may help, or to sign in again. It
 * does not start the sign-in itself, because the user's input would be lost.
 */
export function complainWith(signInAgain: () => void): (where: HTMLElement, error: unknown, again: () => void) => void {
  return (where, error, again) => {
    const { title, action } = isSignedOut(error)
      ? { title: 'Your session has ended.', action: button('Sign in again', signInAgain) }
      : { title: titleOf(error), action: button('Try again', again) };
    const isPermanent = error instanceof ApiError && !error.isPassing && !error.isSignedOut;
    fill(
      where,
      element(
        'div',
        { class: 'alert', role: 'alert' },
        element('p', {}, element('strong', {}, title), ' ', sentenceOf(error)),
        isPermanent ? undefined : action,
      ),
    );
  };
}

function isSignedOut(error: unknown): boolean {
  return error instanceof ApiError && error.isSignedOut;
}

function titleOf(error: unknown): string {
  if (!(error instanceof ApiError)) return 'Something went wrong.';
  if (error.status === 403) return 'Your role does not allow this.';
  return error.status === 0 ? 'No connection.' : 'The request failed.';
}
