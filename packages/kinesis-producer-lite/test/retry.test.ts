import t from 'tap';
import { causeOfCode, causeOfError, fullJitter } from '../send/retry.js';

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
