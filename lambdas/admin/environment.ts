import { environmentReader } from '@swipegate/aws/environment';
import { BUCKETS, TABLES } from '@swipegate/contract';
import Type from 'typebox';

const name = (fallback: string, description: string) => Type.String({ default: fallback, minLength: 1, description });

/** Environment variables of the admin API. The SDK reads region, endpoints and credentials itself. */
export const AdminSchema = Type.Object({
  TOKEN_ISSUER: Type.String({
    pattern: '^https?://',
    description: 'issuer of the users’ tokens; must equal their `iss` exactly',
  }),
  TOKEN_CLIENT_ID: Type.String({ minLength: 1, description: 'app client that the tokens must be issued to' }),
  TOKEN_JWKS_URL: Type.Optional(
    Type.String({
      pattern: '^https?://',
      description: 'URL of the issuer’s public keys; default: /.well-known/jwks.json of the issuer',
    }),
  ),
  CHANGES_TOPIC_ARN: Type.String({ pattern: '^arn:', description: 'topic that changes are published to' }),
  UPLOADS_BUCKET: name(BUCKETS.uploads, 'bucket that CSV files are uploaded to'),
  TABLE_CHANGES: name(TABLES.changes, 'table of changes and their progress'),
  TABLE_CARDS: name(TABLES.cards, 'table of cards'),
  TABLE_EMPLOYEES: name(TABLES.employees, 'table of cardholders'),
  TABLE_SITE: name(TABLES.site, 'table of buildings, zones and readers'),
  TABLE_PRESENCE: name(TABLES.presence, 'table of presence: who is in which zone'),
  TABLE_DECISIONS: name(TABLES.decisions, 'table of decisions'),
  TABLE_OCCUPANCY: name(TABLES.occupancy, 'table of occupancy by minute'),
  ALLOWED_ORIGIN: Type.Optional(
    Type.String({
      pattern: '^https?://[^/]+$',
      description: 'origin of the console, if it differs from the API’s',
    }),
  ),
  LOG_LEVEL: Type.Enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
    default: 'info',
    description: 'lowest level that is logged',
  }),
});
export type AdminEnvironment = Type.Static<typeof AdminSchema>;

export const readEnvironment = environmentReader('admin', AdminSchema);
