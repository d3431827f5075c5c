import type { Session, SignIn } from './sign-in.js';

/**
 * A sign-in in a second window, for a window whose session has ended and that must keep its forms. The second window
 * hands its session over by a BroadcastChannel: tokens pass from memory to memory, between pages of this origin only.
 * `window.opener` cannot serve: the page's opener policy cuts it once the second window is at the hosted UI.
 */

const HASH = '#sign-in-for=';

/** Answer of the first window. */
type Answer = 'taken' | 'other-user';

/** Returns the hash of a second window that signs in for the window with this id. */
export function signInHash(id: string): string {
  return `${HASH}${id}`;
}

/** Returns the id of the window for which `hash` asks to sign in, if any. */
export function signInFor(hash: string): string | undefined {
  return hash.startsWith(HASH) ? hash.slice(HASH.length) : undefined;
}

/**
 * Waits for a second window's session, and takes it if it is of the same user.
 * @param signal ends it
 * @param onAnswer called for each session that is handed over
 */
export function awaitSession(
  signIn: SignIn,
  { id, signal, onAnswer }: { id: string; signal: AbortSignal; onAnswer(answer: Answer): void },
): void {
  const channel = channelOf(id);
  channel.addEventListener('message', ({ data }: MessageEvent<Session | undefined>) => {
    const answer = data !== undefined && signIn.resume(data) ? 'taken' : 'other-user';
    channel.postMessage(answer);
    onAnswer(answer);
  });
  signal.addEventListener('abort', () => channel.close());
}

/** Hands this window's session over, and takes back one that is refused. No answer comes if the first window waits no more. */
export function handOver(signIn: SignIn, id: string, onAnswer: (answer: Answer) => void): void {
  const channel = channelOf(id);
  const session = signIn.leave();
  channel.addEventListener('message', ({ data }: MessageEvent<Answer>) => {
    if (data === 'other-user' && session !== undefined) signIn.resume(session);
    onAnswer(data);
  });
  channel.postMessage(session);
}

function channelOf(id: string): BroadcastChannel {
  return new BroadcastChannel(`swipegate-sign-in-${id}`);
}
