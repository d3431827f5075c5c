import t from 'tap';
import { causeOfCode, causeOfError, fullJitter, streamErrorCode } from '../send/retry.js';

t.test('errors of Kinesis, the SDK and Node map to causes', async (t) => {
  const causes = {
    ProvisionedThroughputExceededException: 'throttled',
    LimitExceededException: 'throttled',
    KMSThrottlingException: 'throttled',
    InternalFailure: 'internal',
    ServiceUnavailable: 'internal',
    TimeoutError: 'timeout',
    ETIMEDOUT: 'timeout',
    ECONNRESET: 'connection',
    EPIPE: 'connection',
    ENOTFOUND: 'connection',
    ERR_HTTP2_GOAWAY_SESSION: 'connection',
    CredentialsProviderError: 'credentials',
    ExpiredTokenException: 'credentials',
    AccessDeniedException: 'credentials',
    UnrecognizedClientException: 'credentials',
    InvalidSignatureException: 'credentials',
    ResourceNotFoundException: 'other',
    ValidationException: 'other',
  };
  for (const [code, cause] of Object.entries(causes)) t.equal(causeOfCode(code), cause, code);
});

t.test('an error with a generic name is classified by code, status or message', async (t) => {
  t.equal(causeOfError(Object.assign(new Error('x'), { code: 'ECONNREFUSED' })), 'connection');
  t.equal(causeOfError(Object.assign(new Error('x'), { $metadata: { httpStatusCode: 503 } })), 'internal');
  t.equal(causeOfError(Object.assign(new Error('x'), { $metadata: { httpStatusCode: 429 } })), 'throttled');
  t.equal(causeOfError(Object.assign(new Error('x'), { $metadata: { httpStatusCode: 403 } })), 'credentials');
  t.equal(causeOfError(new Error('socket hang up')), 'connection');
  t.equal(causeOfError('thrown text'), 'other');
  t.equal(causeOfError(undefined), 'other');
});

t.test('only a fault that may pass by itself makes a stream unavailable', async (t) => {
  const answer = (name: string, httpStatusCode: number) => ({ name, $metadata: { httpStatusCode } });
  const codes: [unknown, string][] = [
    [answer('ResourceNotFoundException', 400), 'STREAM_NOT_FOUND'],
    [answer('AccessDeniedException', 400), 'STREAM_REFUSED'],
    [answer('UnrecognizedClientException', 400), 'STREAM_REFUSED'],
    [answer('ValidationException', 400), 'STREAM_REFUSED'],
    [answer('UnknownError', 404), 'STREAM_REFUSED'],
    [answer('ExpiredTokenException', 400), 'STREAM_UNAVAILABLE'],
    [answer('LimitExceededException', 400), 'STREAM_UNAVAILABLE'],
    [answer('ThrottlingException', 400), 'STREAM_UNAVAILABLE'],
    [answer('InternalFailure', 500), 'STREAM_UNAVAILABLE'],
    [Object.assign(new Error('no metadata service'), { name: 'CredentialsProviderError' }), 'STREAM_UNAVAILABLE'],
    [Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' }), 'STREAM_UNAVAILABLE'],
    [new Error('unknown'), 'STREAM_UNAVAILABLE'],
  ];
  for (const [error, code] of codes) t.equal(streamErrorCode(error), code, JSON.stringify(error));
});

t.test('backoff doubles up to its limit, with full jitter', async (t) => {
  const most = () => 1;
  t.same(
    [1, 2, 3, 4, 5, 1_000].map((attempt) => fullJitter(attempt, 50, 400, most)),
    [50, 100, 200, 400, 400, 400],
  );
  t.equal(
    fullJitter(3, 50, 400, () => 0),
    0,
  );
});
