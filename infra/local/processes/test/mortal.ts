import { createServer } from 'node:http';
import { serveChild } from '../child-side.js';
import { listenOnLoopback } from '../ports.js';

/** Child process for tests: `node mortal.js PORT`. Listens, drains, and exits before it is ready if the port is `never`. */
const [port = '0'] = process.argv.slice(2);
if (port === 'never') process.exit(3);
const url = await listenOnLoopback(
  createServer((_request, response) => response.end('ok')),
  undefined,
  Number(port),
);
serveChild({ ready: { url }, onStop: () => undefined, onDrain: async () => ({}) });
