import { place, say } from './element.js';

/** Exchanges an operator's key for a session. The key itself is not stored. */
async function signIn(key: string): Promise<void> {
  const answer = await fetch('/ops/session', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ key }),
  }).catch(() => undefined);
  if (answer?.ok) location.reload();
  else say(place('refused'), answer === undefined ? 'The server does not answer.' : 'This is not an operator’s key.');
}

place('sign-in').addEventListener('submit', (event) => {
  event.preventDefault();
  const key = document.querySelector<HTMLInputElement>('#key');
  if (key !== null) void signIn(key.value.trim());
});
