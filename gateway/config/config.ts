import { environmentReader, LOG_LEVEL, SIGN_IN, SWIPEGATE_STAGE } from '@swipegate/aws/environment';
import { RESOURCES } from '@swipegate/aws/resource-variables';
import { TenantId } from '@swipegate/contract';
import Type from 'typebox';

const milliseconds = (fallback: number, minimum: number, maximum: number, description: string) =>
  Type.Integer({ default: fallback, minimum, maximum, description: `${description}, ms` });
const bytes = (fallback: number, minimum: number, maximum: number, description: string) =>
  Type.Integer({ default: fallback, minimum, maximum, description: `${description}, bytes` });
const count = (fallback: number, minimum: number, maximum: number, description: string) =>
  Type.Integer({ default: fallback, minimum, maximum, description });
const text = (fallback: string, description: string) => Type.String({ default: fallback, minLength: 1, description });

const {
  SWIPES_STREAM,
  DECISIONS_STREAM,
  TABLE_API_KEYS,
  TABLE_DECISIONS,
  TABLE_SITE,
  TABLE_CARDS,
  TABLE_EMPLOYEES,
  TABLE_PRESENCE,
  TABLE_DOOR_EVENTS,
  TABLE_READER_CONTACTS,
  TABLE_OCCUPANCY,
  TABLE_DEVICE_COMMANDS,
} = RESOURCES;

/** Every environment variable that the gateway reads, with default and range. The SDK reads other AWS_* variables. */
export const ConfigSchema = Type.Object({
  PORT: count(8080, 0, 65_535, 'TCP port to listen on; 0 picks a free one'),
  HOST: text('0.0.0.0', 'address to listen on'),
  DEVICE_PORT: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 65_535,
      description:
        'TCP port for readers that cannot speak the API, see docs/readers.md; 0 picks a free one; unset: none',
    }),
  ),
  DEVICE_TENANT: Type.Optional({
    ...TenantId,
    description: 'tenant of the devices that name themselves by a serial number (ZKTeco); unset: none may connect',
  }),
  DEVICE_HOST: text('127.0.0.1', 'address of the device port'),
  DEVICE_NETWORKS: text(
    '127.0.0.0/8,::1,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,fc00::/7,fe80::/10',
    'addresses and CIDR blocks from which devices may connect, separated by commas',
  ),
  DEVICE_LOGINS: Type.Optional(
    Type.String({
      minLength: 1,
      description:
        'file with the addresses and passwords of the devices that the gateway calls, see docs/readers/hikvision.md; unset: none',
    }),
  ),
  CALLERS: Type.Enum(['any', 'this-machine'], {
    default: 'any',
    description:
      'accepted callers; this-machine is for a gateway on loopback (403 if Host or Origin names another machine)',
  }),
  TOKEN_ISSUER: Type.Optional({
    ...SIGN_IN.TOKEN_ISSUER,
    description:
      'issuer of the access tokens of users on operators’ routes; unset, like the client: operators have keys',
  }),
  TOKEN_CLIENT_ID: Type.Optional(SIGN_IN.TOKEN_CLIENT_ID),
  TOKEN_JWKS_URL: SIGN_IN.TOKEN_JWKS_URL,
  TOKEN_KEYS: Type.Enum(['issuer', 'table'], {
    default: 'issuer',
    description:
      'source of the issuer’s public keys: table is for a gateway without a route to the issuer; the admin API puts them into the table of API keys',
  }),
  CONSOLE_ORIGIN: Type.Optional(
    Type.String({
      pattern: '^https?://[^/]+$',
      description: 'origin of the console, whose page may call operators’ routes (CORS); unset: no page may',
    }),
  ),
  LOG_LEVEL,
  AWS_REGION: text('eu-central-1', 'region of the streams and tables'),
  AWS_ENDPOINT_URL_KINESIS: Type.Optional(
    Type.String({ pattern: '^https?://', description: 'Kinesis endpoint to use instead of AWS’s own' }),
  ),
  AWS_ENDPOINT_URL_DYNAMODB: Type.Optional(
    Type.String({ pattern: '^https?://', description: 'DynamoDB endpoint to use instead of AWS’s own' }),
  ),
  SWIPEGATE_STAGE,
  SWIPES_STREAM,
  DECISIONS_STREAM,
  TABLE_API_KEYS,
  TABLE_DECISIONS,
  TABLE_SITE,
  TABLE_CARDS,
  TABLE_EMPLOYEES,
  TABLE_PRESENCE,
  TABLE_DOOR_EVENTS,
  TABLE_READER_CONTACTS,
  TABLE_OCCUPANCY,
  TABLE_DEVICE_COMMANDS,
  BODY_LIMIT_BYTES: bytes(262_144, 1_024, 10_485_760, 'largest request body'),
  MAX_IN_FLIGHT_REQUESTS: count(
    10_000,
    1,
    1_000_000,
    'requests in flight (503 above it); a key gets at most a quarter, a tenant three quarters',
  ),
  // A key may hold an eighth of what its tenant may take: with less, a swipe whose decision is awaited never fits.
  MAX_IN_FLIGHT_BYTES: bytes(
    67_108_864,
    65_536,
    8_589_934_592,
    'request bodies, awaited decisions and unread answers in flight (503 above it); shared like requests',
  ),
  MAX_BUFFERED_BYTES: bytes(67_108_864, 65_536, 8_589_934_592, 'records waiting for the stream (503 above it)'),
  MAX_EVENT_STREAMS: count(2_000, 1, 1_000_000, 'open server-sent event streams; shared like requests'),
  MAX_CONNECTIONS: count(50_000, 1, 1_000_000, 'open connections; further ones are closed at once'),
  RATE_LIMIT_PER_SECOND: count(1_000, 1, 1_000_000, 'requests per second of one API key (429 above it)'),
  REQUEST_TIMEOUT_MS: milliseconds(30_000, 1_000, 300_000, 'longest time in which a request may arrive (408 above it)'),
  MAX_WAIT_MS: milliseconds(30_000, 0, 120_000, 'longest wait that Prefer: wait can request'),
  ACK_TIMEOUT_MS: milliseconds(10_000, 100, 120_000, 'longest wait for the stream’s acknowledgement before a 503'),
  LINGER_MS: milliseconds(5, 0, 1_000, 'longest time a swipe waits to share a Kinesis record with others'),
  GATEWAY_WORKERS: count(
    1,
    1,
    64,
    'processes that serve HTTP; with more than 1, the producer runs in one more process',
  ),
  SPOOL_DIRECTORY: Type.Optional(
    Type.String({ description: 'directory to spool swipes to while the stream fails; unset: they wait in memory' }),
  ),
  SPOOL_AFTER_MS: milliseconds(1_000, 0, 60_000, 'how long a swipe waits for the stream before it spools to disk'),
  SPOOL_MAX_BYTES: bytes(1_073_741_824, 16_777_216, 1_099_511_627_776, 'largest size of the spool'),
  PRODUCER_WORKERS: count(1, 1, 64, 'threads that call Kinesis'),
  DECISIONS_POLL_MS: milliseconds(
    200,
    5,
    10_000,
    'interval between reads of a decisions shard (AWS allows 5 reads/s per shard)',
  ),
  DECISIONS_CONSUMER: Type.Enum(['polling', 'fan-out'], {
    default: 'polling',
    description: 'polling shares 5 reads/s per shard among all gateways; fan-out is faster, costs more and needs AWS',
  }),
  DECISIONS_CONSUMER_NAME: Type.Optional(
    Type.String({
      pattern: '^[a-zA-Z0-9_.-]{1,128}$',
      allowed: '1 to 128 letters, digits or _ . -',
      description: 'name of the fan-out consumer, unique to this gateway; default: swipegate- and the host name',
    }),
  ),
  API_KEY_CACHE_ENTRIES: count(10_000, 1, 10_000_000, 'known API keys cached in memory'),
  API_KEY_CACHE_MS: milliseconds(60_000, 0, 3_600_000, 'how long a looked-up key stays in the cache'),
  EMF_NAMESPACE: Type.Optional(
    Type.String({
      pattern: '^[a-zA-Z0-9_./#:-]{1,255}$',
      allowed: '1 to 255 letters, digits or _ . / # : -',
      description: 'CloudWatch namespace; if set, metrics are also written to stdout in the embedded metric format',
    }),
  ),
  EMF_INTERVAL_MS: milliseconds(10_000, 1_000, 60_000, 'interval between embedded metric lines'),
  OPS_URL: Type.Optional(
    Type.String({
      pattern: '^(https?://|:\\d+/)',
      allowed: 'a URL that starts with http:// or https://, or :PORT/PATH, such as :8081/ops',
      description: 'URL of the dashboard that /ops redirects to; :PORT/PATH means the address that the request came to',
    }),
  ),
  SHUTDOWN_TIMEOUT_MS: milliseconds(25_000, 0, 600_000, 'longest graceful shutdown'),
});
export type Config = Type.Static<typeof ConfigSchema>;

/** @throws {EnvironmentError} with each wrong variable, its value and what is allowed */
export const readConfig = environmentReader('the gateway', ConfigSchema);
