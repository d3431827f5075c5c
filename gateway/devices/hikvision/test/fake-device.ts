import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Test } from 'tap';

const REALM = 'IP Camera(C1234)';
const NONCE = '6d2d4e5a6f64:0011"22';

export interface DeviceCallSeen {
  line: string;
  body: string;
}

/** A terminal that answers ISAPI calls of `admin` with the password `secret 1` over HTTP digest. */
export async function startFakeDevice(t: Test) {
  const seen: DeviceCallSeen[] = [];
  const device = {
    seen,
    status: 200,
    password: 'secret 1',
    challenges: [`Digest realm="${REALM}", qop="auth", nonce="${NONCE.replace('"', '\\"')}", algorithm=MD5`],
    /** Requests, also those that were refused. */
    requests: 0,
    isSilent: false,
    time: '',
    about: '',
    /** Resolves with the next call that is let in. */
    nextCall: () => new Promise<DeviceCallSeen>((resolve) => waiting.push(resolve)),
    port: 0,
  };
  const waiting: ((call: DeviceCallSeen) => void)[] = [];
  const server = createServer((request, response) => {
    device.requests += 1;
    if (device.isSilent) return;
    const { method = '', url = '', headers } = request;
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on('end', () => {
      if (!isRight(headers.authorization ?? '', { method, url, password: device.password })) {
        response.writeHead(401, { 'www-authenticate': device.challenges }).end();
        return;
      }
      const call = { line: `${method} ${url}`, body };
      seen.push(call);
      waiting.shift()?.(call);
      const answer =
        method === 'GET'
          ? url.endsWith('/time')
            ? device.time
            : device.about
          : `{"statusCode":1,"subStatusCode":"${device.status === 200 ? 'ok' : 'deviceBusy'}"}`;
      response.writeHead(device.status, { 'content-type': 'application/json' }).end(answer);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  device.port = port;
  return device;
}

/** Checks the answer to the challenge as RFC 7616 section 3.4.1 says, for MD5 with qop=auth. */
function isRight(
  header: string,
  { method, url, password }: { method: string; url: string; password: string },
): boolean {
  const [, nc] = /\bnc=(\w+)/.exec(header) ?? [];
  const [, cnonce] = /\bcnonce="(\w+)"/.exec(header) ?? [];
  const [, response] = /\bresponse="(\w+)"/.exec(header) ?? [];
  const md5 = (text: string) => createHash('md5').update(text).digest('hex');
  const secret = md5(`admin:${REALM}:${password}`);
  return (
    response !== undefined && response === md5(`${secret}:${NONCE}:${nc}:${cnonce}:auth:${md5(`${method}:${url}`)}`)
  );
}
