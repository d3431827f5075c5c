import { environmentReader } from '@swipegate/aws/environment';
import { BUCKETS, TABLES } from '@swipegate/contract';
import Type from 'typebox';

const name = (fallback: string, description: string) => Type.String({ default: fallback, minLength: 1, description });

/** Environment variables of the admin API. Region, endpoints and credentials are the SDK's own. */
export const AdminSchema = Type.Object({
  TOKEN_ISSUER: Type.String({
    pattern: '^https?://',
    description: 'who signs the users’ tokens: their `iss`, exactly',
  }),
  TOKEN_CLIENT_ID: Type.String({ minLength: 1, description: 'client that the tokens must have been made for' }),
  TOKEN_JWKS_URL: Type.Optional(
    Type.String({
      pattern: '^https?://',
      description: 'where the issuer’s public keys are; default: /.well-known/jwks.json of the issuer',
    }),
  ),
  CHANGES_TOPIC_ARN: Type.String({ pattern: '^arn:', description: 'topic that changes are published to' }),
  UPLOADS_BUCKET: name(BUCKETS.uploads, 'bucket that CSV files are uploaded to'),
  TABLE_CHANGES: name(TABLES.changes, 'table of changes and how far they have come'),
  TABLE_CARDS: name(TABLES.cards, 'table of cards'),
  TABLE_EMPLOYEES: name(TABLES.employees, 'table of cardholders'),
  TABLE_SITE: name(TABLES.site, 'table of buildings, zones and readers'),
  TABLE_PRESENCE: name(TABLES.presence, 'table of who is where'),
  TABLE_DECISIONS: name(TABLES.decisions, 'table of decisions'),
  TABLE_OCCUPANCY: name(TABLES.occupancy, 'table of how many were inside, by minute'),
  ALLOWED_ORIGIN: Type.Optional(
    Type.String({
      pattern: '^https?://[^/]+$',
      description: 'origin of the console, where it is another than the API’s',
    }),
  ),
  LOG_LEVEL: Type.Enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
    default: 'info',
    description: 'least severe of what is logged',
  }),
});
export type AdminEnvironment = Type.Static<typeof AdminSchema>;

export const readEnvironment = environmentReader('admin', AdminSchema);
