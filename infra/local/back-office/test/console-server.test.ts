import { type IncomingMessage, request } from 'node:http';
import t from 'tap';
import { type ConsoleConfig, startConsole } from '../console-server.js';

const config: ConsoleConfig = { apiUrl: 'http://127.0.0.1:9001', issuer: 'http://127.0.0.1:9002', clientId: 'console' };

t.test('serves the console’s files, headers and config.json', async (t) => {
  const site = await startConsole({ port: 0, host: '127.0.0.1', config, uploadsUrl: 'http://127.0.0.1:9003/bucket' });
  t.teardown(() => site.close());
  const get = (path: string) => fetch(new URL(path, site.url));
  const page = await get('');
  const html = await page.text();
  t.match(page.headers.get('content-type'), /^text\/html/);
  t.notMatch(html, /<script(?![^>]* src=)|<style|style="|\son\w+=/, 'nothing inline');
  const policy = page.headers.get('content-security-policy') ?? '';
  t.match(policy, "connect-src 'self' http://127.0.0.1:9001 http://127.0.0.1:9002 http://127.0.0.1:9003;");
  for (const part of ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'"]) {
    t.match(policy, part);
  }
  t.notMatch(policy, /unsafe|\*/);
  t.match(Object.fromEntries(page.headers), { 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' });
  for (const [, file = ''] of html.matchAll(/(?:src|href)="(console\.\w+)"/g))
    t.equal((await get(file)).status, 200, file);
  t.equal((await get('console.js.map')).status, 200);
  t.same(await (await get('config.json')).json(), config);
  for (const path of ['main.js', '..%2Fpackage.json', 'index.html/x', '%2e%2e/package.json']) {
    t.equal((await get(path)).status, 404, path);
  }
});

t.test('the first script is small, and loads the script of a page when it is shown', async (t) => {
  const site = await startConsole({ port: 0, host: '127.0.0.1', config });
  t.teardown(() => site.close());
  const scripts = new Map<string, string>();
  const read = async (path: string): Promise<void> => {
    const answer = await fetch(new URL(path, site.url));
    t.equal(answer.status, 200, path);
    t.match(answer.headers.get('content-type'), /^text\/javascript/, path);
    const text = await answer.text();
    scripts.set(path, text);
    const named = Array.from(text.matchAll(/"\.\/(?:pages\/)?([\w-]+\.js)"/g), ([, name]) => `pages/${name}`);
    for (const next of named) if (!scripts.has(next)) await read(next);
  };
  await read('console.js');
  const entry = scripts.get('console.js') ?? '';
  const now = Array.from(entry.matchAll(/from"\.\/(pages\/[\w-]+\.js)"/g), ([, name = '']) => scripts.get(name) ?? '');
  const bytes = [entry, ...now].reduce((sum, text) => sum + text.length, 0);
  t.ok(bytes > 10_000 && bytes < 60_000, `${bytes} bytes before the first page`);
  for (const page of ['live', 'employees', 'employee', 'cards', 'muster', 'site', 'devices', 'imports', 'settings']) {
    const path = Array.from(scripts.keys()).find((name) => new RegExp(`^pages/${page}-\\w{8}\\.js$`).test(name));
    t.match(entry, `import("./${path}")`, page);
  }
  const unsafe = Array.from(scripts).filter(([, text]) => /typebox|innerHTML|\beval\(|new Function/.test(text));
  t.same(unsafe, [], 'no schema library, nothing that turns text into HTML or code');
});

t.test('the configuration may change while the server runs', async (t) => {
  let current = config;
  const site = await startConsole({ port: 0, host: '127.0.0.1', config: () => current });
  t.teardown(() => site.close());
  current = { ...config, apiUrl: 'http://127.0.0.1:9009' };
  const answer = await fetch(new URL('config.json', site.url));
  t.match(answer.headers.get('content-security-policy'), 'http://127.0.0.1:9009');
  t.match(await answer.json(), { apiUrl: 'http://127.0.0.1:9009' });
});

t.test('the page at another name of this machine moves to the one that the API and the sign-in know', async (t) => {
  const site = await startConsole({ port: 0, host: '127.0.0.1', config });
  t.teardown(() => site.close());
  const { port, host } = new URL(site.url);
  const ask = async (name: string, path: string) => {
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      request({ host: '127.0.0.1', port, path, headers: { host: name } }, resolve)
        .on('error', reject)
        .end();
    });
    answer.resume();
    return [answer.statusCode, answer.headers.location];
  };
  t.same(await ask(host, '/'), [200, undefined]);
  for (const name of [`localhost:${port}`, `[::1]:${port}`, `LOCALHOST:${port}`, `console.localhost:${port}`]) {
    t.same(await ask(name, '/?code=1&state=2'), [307, `${site.url}?code=1&state=2`], name);
    t.same(await ask(name, '/index.html'), [307, `${site.url}index.html`], name);
    t.same(await ask(name, '//evil.example/'), [404, undefined], 'no redirect to another host');
  }
  t.same(await ask(`evil.example:${port}`, '/'), [403, undefined]);
});
