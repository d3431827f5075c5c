import { createHash } from 'node:crypto';

export interface DigestRequest {
  method: string;
  /** Path and query, as in the request line. */
  uri: string;
  user: string;
  password: string;
  /** Random text of the client. */
  cnonce: string;
}

/** Hash functions of RFC 7616 by the name in a challenge, the stronger one first. */
const HASHES = new Map([
  ['sha-256', 'sha256'],
  ['md5', 'md5'],
]);
const PARAMETER = /([A-Za-z0-9*]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/g;

/**
 * Returns the value of `Authorization` for a challenge of HTTP Digest (RFC 7616, RFC 2069). The password itself never
 * goes out: a challenge of Basic is not answered.
 * @param challenges values of WWW-Authenticate
 * @returns undefined if no challenge is of Digest with MD5 or SHA-256
 */
export function digestAuthorization(challenges: readonly string[], request: DigestRequest): string | undefined {
  const digests = challenges
    .flatMap((header) => header.split(/,\s*(?=Digest\s)/i))
    .filter((text) => /^Digest\s/i.test(text));
  const offered = digests.map((text) => new Map(Array.from(text.matchAll(PARAMETER), (match) => parameterOf(match))));
  for (const [name, hash] of HASHES) {
    const challenge = offered.find(
      (each) => (each.get('algorithm') ?? 'md5').toLowerCase().replace(/-sess$/, '') === name,
    );
    if (challenge !== undefined) return answerTo(challenge, request, hash);
  }
  return undefined;
}

function parameterOf([, name = '', quoted, token = '']: RegExpMatchArray): [string, string] {
  return [name.toLowerCase(), quoted?.replace(/\\(.)/g, '$1') ?? token];
}

function answerTo(
  challenge: ReadonlyMap<string, string>,
  { method, uri, user, password, cnonce }: DigestRequest,
  hash: string,
): string | undefined {
  const of = (...parts: string[]) => createHash(hash).update(parts.join(':')).digest('hex');
  const [realm = '', nonce = ''] = [challenge.get('realm'), challenge.get('nonce')];
  const [algorithm, opaque] = [challenge.get('algorithm'), challenge.get('opaque')];
  const qops = challenge
    .get('qop')
    ?.split(',')
    .map((qop) => qop.trim().toLowerCase());
  if (qops !== undefined && !qops.includes('auth')) return undefined;
  const secret = of(user, realm, password);
  const first = algorithm?.toLowerCase().endsWith('-sess') ? of(secret, nonce, cnonce) : secret;
  const second = of(method, uri);
  const count = '00000001';
  const response = qops === undefined ? of(first, nonce, second) : of(first, nonce, count, cnonce, 'auth', second);
  const quoted = Object.entries({
    username: user,
    realm,
    nonce,
    uri,
    response,
    ...(opaque !== undefined && { opaque }),
  });
  const plain = qops === undefined ? [] : ['qop=auth', `nc=${count}`, `cnonce="${cnonce}"`];
  if (algorithm !== undefined) plain.push(`algorithm=${algorithm}`);
  return `Digest ${[...quoted.map(([name, value]) => `${name}="${value.replace(/["\\]/g, '\\$&')}"`), ...plain].join(', ')}`;
}
