/**
 * Every error code of Swipegate, with its meaning and remedy. Generates docs/errors.md. The error classes keep their
 * codes as literals; test/errors.test.ts compares the sources of all packages with this list.
 */
function problem(status: number, title: string, remedy: string) {
  return { status, title, remedy };
}

/** Problems of the HTTP APIs, by code. */
export const PROBLEMS = {
  'malformed-json': problem(400, 'The body is not valid JSON', 'Correct the body. Nothing was accepted.'),
  'malformed-prefer': problem(400, 'The Prefer header is not valid', 'Send Prefer: wait=N, N in seconds.'),
  'bad-request': problem(400, 'The request is not valid', 'Correct the member or parameter that `field` names.'),
  'missing-key': problem(401, 'An API key is required', 'Send Authorization: Bearer KEY.'),
  'unknown-key': problem(401, 'The API key is unknown', 'Check the key: it may be revoked, expired or mistyped.'),
  'missing-token': problem(401, 'Sign-in is required', 'Sign in, and send Authorization: Bearer TOKEN.'),
  'invalid-token': problem(401, 'The access token is not valid', 'Sign in again.'),
  'reader-not-allowed': problem(403, 'The API key may not post for this reader', 'Use the key of that reader.'),
  'wrong-key-role': problem(403, 'The role of the API key does not allow this', 'Readers post; operators read.'),
  'role-not-allowed': problem(403, 'The user’s role does not allow this', 'Ask an administrator for the role.'),
  'network-not-allowed': problem(
    403,
    'Devices of this network may not connect',
    'Add the device’s address or network to DEVICE_NETWORKS.',
  ),
  'foreign-caller': problem(
    403,
    'Web pages of other sites may not call this server',
    'Use the address that npm start prints, from a program or from the server’s own page.',
  ),
  'not-found': problem(404, 'The resource does not exist', 'Check the path and the id.'),
  'decision-not-found': problem(404, 'The swipe has no decision', 'Ask again after Retry-After, or check the swipeId.'),
  'method-not-allowed': problem(405, 'The resource does not allow this method', 'Use a method of the Allow header.'),
  'request-timeout': problem(
    408,
    'The request took too long to arrive',
    'Send the whole request within REQUEST_TIMEOUT_MS (30 s).',
  ),
  'swipe-id-reused': problem(409, 'The swipeId is already used by another swipe', 'Give each swipe an id of its own.'),
  'change-id-reused': problem(
    409,
    'The Idempotency-Key is already used by another change',
    'Give each change a new Idempotency-Key.',
  ),
  'alarm-state': problem(
    409,
    'The state of the alarm does not allow this',
    'Read the alarm: somebody else may have handled it. `detail` names its state and who set it.',
  ),
  'import-not-ready': problem(
    409,
    'The import has no preview that can be applied',
    'Wait for the preview, or correct the file as its `problem` says and upload it again.',
  ),
  'import-expired': problem(410, 'The preview is too old to be applied', 'Upload the file again.'),
  'already-exists': problem(412, 'The id is taken', 'Choose another id, or change the existing entry with If-Match.'),
  'changed-meanwhile': problem(
    412,
    'The entry has changed since it was read, or is gone',
    'Read it again, and repeat the change on what is there now.',
  ),
  'body-too-large': problem(413, 'The body is too large', 'Split the body. Nothing was accepted.'),
  'too-many-items': problem(413, 'The batch has too many items', 'Split the batch. Nothing was accepted.'),
  'unsupported-media-type': problem(415, 'The content type is not supported', 'Send a type that `detail` names.'),
  'expectation-failed': problem(
    417,
    'The Expect header is not supported',
    'Send only Expect: 100-continue, or no Expect header.',
  ),
  'invalid-item': problem(
    422,
    'The content is not valid',
    'Correct the member that `field` names; do not retry as is.',
  ),
  'empty-batch': problem(422, 'The batch is empty', 'Send at least one item.'),
  'precondition-required': problem(
    428,
    'Create and replace are different requests',
    'Send If-None-Match: * to create, or If-Match with the ETag of what you read to replace.',
  ),
  'too-many-requests': problem(429, 'Too many requests', 'Retry after Retry-After, or send batches.'),
  'headers-too-large': problem(431, 'The headers are too large', 'Send less than 16 KiB of headers.'),
  'internal-error': problem(500, 'Internal error', 'Look up the request id, `instance`, in the log.'),
  'transfer-coding-unsupported': problem(
    501,
    'The transfer coding is not supported',
    'Send Transfer-Encoding: chunked, or Content-Length.',
  ),
  undecided: problem(
    504,
    'The decision did not come in time',
    'Show the card again. The swipe is stored; no door opens.',
  ),
  overloaded: problem(503, 'The gateway is overloaded', 'Retry the same ids after Retry-After.'),
  'stream-unavailable': problem(503, 'The stream is not accepting swipes', 'Retry the same ids after Retry-After.'),
  'topic-unavailable': problem(503, 'Changes cannot be accepted now', 'Retry the same key after Retry-After.'),
  'lookup-unavailable': problem(503, 'The database is not available', 'Retry after Retry-After; check for throttling.'),
  'shutting-down': problem(
    503,
    'The gateway is shutting down',
    'Retry: another gateway answers, or this one after its restart.',
  ),
} as const satisfies Record<string, { status: number; title: string; remedy: string }>;

export type ProblemCode = keyof typeof PROBLEMS;

type Explained = readonly [when: string, remedy: string];

/** Why a change was rejected, by code. */
const REJECTIONS = {
  'card-unknown': ['The card does not exist', 'Check the cardId.'],
  'card-already-linked': ['The card is already linked to an employee', 'Unlink it first.'],
  'card-not-linked': ['The card is not linked to an employee', 'Link it first.'],
  'card-expired': ['The card would have expired before the change was made', 'Give a validUntil in the future.'],
  'card-state': ['The state of the card does not allow this', 'Look up the card’s state.'],
  'card-unread': [
    'A reader sent a number that is none in its card format',
    'Set the reader’s card format to what it sends, show the card again, and link the number that it then has.',
  ],
  'employee-unknown': ['The employee does not exist', 'Create the employee first, or check the id.'],
  'employee-erased': [
    'The employee was erased, and the change would bring them back',
    'Choose another id. For a new person with an id that is free again, create the employee instead of importing them.',
  ],
  'employee-inactive': ['The employee is not active', 'Make the employee active first.'],
  'employee-has-card': ['The employee still has a card that opens doors', 'Unlink or block that card first.'],
  'permit-expired': ['The permit would have ended before the change was made', 'Give an `until` in the future.'],
  'permit-unknown': ['The person has no permit for the zone', 'Look up where they may go.'],
  'too-many-permits': ['The person has as many permits as one can have', 'Withdraw one, or use an access level.'],
  'visit-unknown': ['The visit does not exist', 'Look at the list of visits, or create the visit first.'],
  'visit-over': ['The visit has ended, or the visitor is checked out', 'Plan a new visit, or a later end.'],
  'not-inside': ['No one is inside with this card, or the person is outside', 'Look at the muster list.'],
  'building-unknown': ['The building does not exist', 'Check the buildingId.'],
  'zone-unknown': ['The building has no such zone', 'Check the zoneId.'],
  'zone-circle': ['A zone would lie inside itself', 'Choose another zone around it, or none.'],
  'access-level-unknown': ['The access level does not exist', 'Create it first, or check the id.'],
  'schedule-unknown': ['The schedule does not exist', 'Create it first, or check the id.'],
  'reader-unknown': ['The reader does not exist', 'Create it first, or check the id.'],
  'device-unknown': ['The device does not exist', 'Create it first, or check the id.'],
  'command-unknown': ['The device does not take this command', 'Choose a command and a door that the reason names.'],
  'key-unknown': ['There is no such key', 'Check the keyId.'],
  'already-exists': ['The id was taken by an earlier change', 'Choose another id, or change the existing entry.'],
  'changed-meanwhile': [
    'An earlier change wrote or removed the entry after it was read',
    'Read it again, and repeat the change on what is there now.',
  ],
  'out-of-order': ['A later change of the tenant was applied before', 'Send the change again.'],
  'in-use': ['Other entries refer to this one', 'Change or remove those first.'],
  unreadable: [
    'A row that the change depends on cannot be read',
    'Repair the row that the log names, then send it again.',
  ],
} as const satisfies Record<string, Explained>;

export type RejectionCode = keyof typeof REJECTIONS;

export interface ErrorArea {
  title: string;
  /** Place where the codes appear. */
  where: string;
  codes: Readonly<Record<string, Explained>>;
}

const OPTION_INVALID: Explained = ['The command line is not valid', 'Correct the option that the message names.'];

/** Codes other than {@link PROBLEMS}, by area. Some codes occur in several areas. */
export const ERROR_AREAS: readonly ErrorArea[] = [
  {
    title: 'Changes',
    where: '`code` of a change whose state is rejected. The change had no effect.',
    codes: REJECTIONS,
  },
  {
    title: 'kinesis-producer-lite',
    where: '`code` of a ProducerError: thrown by `put`, rejected by its promise, or by `start`.',
    codes: {
      RECORD_TOO_LARGE: ['The record exceeds maxRecordBytes', 'Make it smaller, or raise maxRecordBytes.'],
      BUFFER_FULL: ['Unacknowledged records take maxBufferedBytes', 'Shed load; put again when earlier puts settle.'],
      CLOSED: ['The producer was closed before the record was stored', 'Put it on an open producer.'],
      INVALID_DATA: ['The data is neither a string nor a Uint8Array', 'Correct the calling code.'],
      INVALID_KEY: ['The partition key or explicit hash key is not valid', 'Correct the calling code.'],
      INVALID_OPTIONS: ['An option is not valid', 'Correct the option that the message names.'],
      RECORD_EXPIRED: [
        'The record was not acknowledged within recordTtlMs',
        'Put it again with the same id: it may be stored.',
      ],
      SPOOL_LOCKED: ['Another producer uses the spool directory', 'Give each producer its own directory.'],
      SPOOL_UNAVAILABLE: [
        'The spool cannot be read or written',
        'Check permissions and free space of the disk, and spool.maxBytes.',
      ],
      WORKER_NOT_FOUND: [
        'A bundled producer does not find its worker script, or piscina',
        'Install kinesis-producer-lite next to the bundle, or see “Bundlers” in its README.',
      ],
      STREAM_NOT_FOUND: ['Kinesis has no such stream', 'Create it, or correct its name, the region or the endpoint.'],
      STREAM_REFUSED: [
        'Kinesis refuses to list the shards',
        'Check credentials, the permission kinesis:ListShards, stream name and region.',
      ],
      STREAM_UNORDERED: [
        'The stream distributes records by AUTO, so it keeps no order of a card’s swipes',
        'Set its strategy back to USER_PARTITION_KEY (UpdateStreamRecordDistributionStrategy), or name another stream.',
      ],
      STREAM_UNAVAILABLE: ['The shards cannot be read now', 'Start again later; check network and endpoint.'],
    },
  },
  {
    title: 'Gateway',
    where: 'Exceptions in the gateway’s log. WORKER_FAILED ends it with exit code 1.',
    codes: {
      WORKER_FAILED: ['An HTTP worker exited before it listened', 'Read the worker’s stderr.'],
      LOOKUP_OVERLOAD: ['Too many unknown API keys wait for a look-up', 'Clients retry (503). Check for a key scan.'],
      SUBSCRIPTION_FAILED: [
        'A fan-out subscription is silent',
        'None: the tail subscribes again. Check Kinesis if it lasts.',
      ],
      CONSUMER_NOT_ACTIVE: [
        'The fan-out consumer did not become active in a minute',
        'Check the stream’s consumers: it allows 20. Gateways remove those of gateways that are gone for ten minutes.',
      ],
      OVERTAKEN: ['Swipes of a card overtook each attempt to forgive its passback', 'Send the request again.'],
    },
  },
  {
    title: 'APIs and AWS services',
    where: 'Exceptions in shared code. The APIs answer with a problem; functions fail and are invoked again.',
    codes: {
      CURSOR_UNUSABLE: [
        'The cursor is malformed, or from another list (bad-request)',
        'List again from the first page.',
      ],
      DYNAMODB_UNPROCESSED: [
        'DynamoDB left items unprocessed in all attempts',
        'Check whether the table is throttled.',
      ],
      ENVIRONMENT_INVALID: ['Environment variables are not valid', 'Correct the variables that the message names.'],
    },
  },
  {
    title: 'Functions',
    where: 'Exceptions in the functions’ logs. The event source delivers the batch again.',
    codes: {
      DECISIONS_NOT_PUBLISHED: ['The decisions stream refused records after all retries', 'Check it for throttling.'],
      ROW_UNREADABLE: [
        'A stored row does not match its schema',
        'Repair the row. Its swipes are parked until a redrive.',
      ],
      OVERTAKEN: ['Swipes of a card overtook each attempt to change its presence', 'None: the change is retried.'],
      WRITE_REFUSED: [
        'DynamoDB refused a write for a reason other than its condition',
        'Check the error that it quotes.',
      ],
      UPLOAD_UNSIGNED: ['An uploaded import lacks its signed metadata', 'Upload with a form of the admin API.'],
      IMPORT_REQUEST_TOO_LONG: ['The reason of an import is too long (bad-request)', 'Shorten the reason.'],
      IMPORT_FILE: [
        'An import file as a whole is not valid',
        'Correct the file as its `problem` says, and upload it again.',
      ],
      TEXT_ENCODING: [
        'A text file is damaged UTF-8, or in an unknown encoding',
        'Save it as “CSV UTF-8” and upload it again.',
      ],
      ARCHIVE_FILE_UNREADABLE: ['An archive file is damaged', 'Repair or remove the file that the message names.'],
      OBJECT_EMPTY: ['S3 answered without content', 'Run it again.'],
      'token-malformed': ['The access token is not a JWT (invalid-token)', 'Send the access token, not another one.'],
      'token-expired': ['The access token has expired (invalid-token)', 'Sign in again.'],
      'token-invalid': ['Signature, issuer, client or use is wrong (invalid-token)', 'Check issuer and client id.'],
      'no-tenant': ['The user is in no group TENANT:ROLE (invalid-token)', 'Add the user to a group of the user pool.'],
      'keys-unavailable': ['The issuer’s keys cannot be read (lookup-unavailable)', 'Check the issuer’s address.'],
    },
  },
  {
    title: 'Commands',
    where: 'Messages of erase, query, redrive, replay and swipegate. Exit code 2 for wrong usage, 1 for a failure.',
    codes: {
      OPTION_INVALID,
      SITE_FILE_INVALID: ['A site file is not valid', 'Correct it at the lines that the message names.'],
      SITE_BROKEN: ['The site cannot be exported', 'Correct the entries that the message names.'],
      SITE_NOT_APPLIED: [
        'A change of a site file was refused or failed',
        'Remove the cause, and run the command again.',
      ],
      KEYS_FILE_UNUSABLE: ['A file for keys cannot be read or written', 'Name another file with --keys.'],
      ADMIN_API_REFUSED: ['The admin API refused a request', 'Follow its reason, which the message has.'],
      ADMIN_API_UNREACHABLE: ['The admin API does not answer', 'Check its address, and that it is running.'],
      SIGN_IN_FAILED: ['The sign-in with the browser failed', 'Run the command again, or set SWIPEGATE_TOKEN.'],
      AWS_FAILED: ['A call of AWS failed', 'Check credentials, region and permissions; the message has the error.'],
      TENANT_REFUSED: [
        'The tenant or the user belongs to somebody else',
        'Choose another id or name, or the option that the message names.',
      ],
      CHECK_FAILED: ['A check of an installation failed', 'Look at what the line under the check names.'],
      CHECK_BUSY: ['Another check runs against the same stage', 'Run the command again when it has ended.'],
      QUERY_REFUSED: ['The database refused the query', 'Correct its text or parameters.'],
      NOT_ERASED_YET: ['The employee still exists', 'Erase them in the console first, and wait until that is applied.'],
      CHANGE_UNDER_WAY: ['A change of the person is not settled', 'Run the command again when it is settled.'],
      CHANGE_UNREADABLE: ['A row of a change cannot be read', 'Repair the row, then run the command again.'],
      OVERTAKEN: ['Another process wrote the row before each attempt', 'Run the command again.'],
      WRITE_REFUSED: [
        'DynamoDB refused a write for a reason other than its condition',
        'Check the error that it quotes.',
      ],
      REDRIVE_REFUSED: ['A stream rejected records after all retries', 'Run the redrive again later.'],
      TARGET_IS_LIVE: ['The table to rebuild into is in use', 'Choose another name.'],
      TARGET_NOT_EMPTY: ['The table to rebuild into has rows', 'Delete it, or choose another one.'],
      TARGET_MISSING: ['The table to rebuild into does not exist', 'Create it, or write --create.'],
      SITE_DOCUMENT_INVALID: ['The file is not a site document', 'Correct the member that the message names.'],
    },
  },
  {
    title: 'Simulator',
    where: 'Messages of swipegate-sim. Exit code 2 for wrong options or scenarios, 1 for a failure.',
    codes: {
      OPTION_INVALID,
      SCENARIO_UNUSABLE: [
        'The scenario does not exist or is not valid',
        'Use a name or a file from swipegate-sim init.',
      ],
      THRESHOLD_UNREADABLE: ['A threshold cannot be read', 'Write it like ack.p99<50ms or lost==0.'],
      TRACE_UNREADABLE: ['The trace cannot be read', 'Correct the file at the line that the message names.'],
      SITE_FILE_UNUSABLE: ['A site, keys or environment file cannot be used', 'Run npm start, or name another file.'],
      DECISION_FEEDS_CLOSED: ['The decision streams did not open', 'Check the gateway’s address and the keys file.'],
      SPILL_FAILED: ['The ledger cannot write to its disk', 'Free space, set TMPDIR, or shorten the run.'],
      OUTPUT_FILE_UNWRITABLE: ['An output file cannot be written', 'Name a file in a writable folder.'],
      RUN_FILE_UNUSABLE: ['The file is not a run’s result', 'Write one with swipegate-sim run --json.'],
      REPORT_RESULTS: ['A report needs one or two results', 'Name one or two files.'],
      MERGE_NOTHING: ['No results to merge', 'Name the files of all shards.'],
      MERGE_NOT_A_SHARD: ['A result is not the result of a shard', 'Merge only results of runs with --shard.'],
      MERGE_OTHER_RUN: ['The shards are of different runs', 'Start all shards with the same options.'],
      MERGE_SHARD_TWICE: ['A shard was named twice', 'Name each file once.'],
      MERGE_SEARCH: ['Results of searches do not add up', 'Search on one machine.'],
      MERGE_OTHER_HISTOGRAM: ['The histograms differ in form', 'Run all shards with one version.'],
      STRESS_NO_READER: ['No reader of the site has a key', 'Use files of one site.'],
      STRESS_NO_CARD: ['The site has no cards', 'Use a site that has some.'],
      STRESS_THREAD_ENDED: ['A thread ended without a result', 'Run it again; read its stderr.'],
      NO_ANSWER_IN_TIME: ['The gateway did not answer in time', 'Counted as a failed post; the reader retries.'],
      CONNECTION_ENDED: ['The gateway closed the connection', 'Counted as a failed post; the reader retries.'],
      DEVICES_NOT_REGISTERED: [
        'The devices of a run cannot be added to the product',
        'Read the message. The run needs a device port and a back office: npm start -- --device-port 8090.',
      ],
      FLEET_WITHOUT_DOORS: [
        'The site has no doors to which devices could be added',
        'Give the site readers with a zone behind them.',
      ],
      CONNECTION_CLOSED_HERE: ['The simulator closed the connection', 'None: the run has ended.'],
      HTTP_ANSWER_UNREADABLE: ['The answer is not HTTP/1.1', 'Check what listens at the target.'],
    },
  },
  {
    title: 'Reader bridge',
    where: 'Messages and log of swipegate-bridge. Exit code 2 for a wrong configuration, 1 for a failure.',
    codes: {
      BOARD_SILENT: [
        'A UHPPOTE board does not answer',
        'Check its address, its power and the network. The bridge goes on trying.',
      ],
      CONFIG_INVALID: [
        'The configuration of the bridge is not valid',
        'The message names each wrong setting. Correct it.',
      ],
      SPOOL_FULL: [
        'The spool of the bridge is full',
        'Find out why the gateway takes nothing. Boards keep their events meanwhile.',
      ],
    },
  },
  {
    title: 'Local cloud and deployment',
    where: 'Messages of npm start, npm run synth and npm run docs, and in the logs of their processes.',
    codes: {
      PORT_UNUSABLE: ['A port is taken or not allowed', 'Stop the other process, or set the variable it names.'],
      FOLDER_IN_USE: ['Another npm start uses .swipegate or the folder of --data', 'Stop it first.'],
      STEP_FAILED: ['A command of npm run emulator failed', 'Read what it printed above, and run it again.'],
      EMULATOR_UNUSABLE: ['The emulator of --endpoint does not answer or lacks a service', 'Start it, or use another.'],
      CHILD_EXITED: ['A process exited before it was ready', 'Read the output that the message quotes.'],
      CHILD_NOT_READY: ['A process was not ready in time', 'Read the output that the message quotes.'],
      CHILD_CRASHED: ['A process exited unexpectedly', 'Read the output that the message quotes.'],
      STOPPED: ['A stop was requested before the start was complete', 'None.'],
      FUNCTION_TIMEOUT: ['A local function ran into its time limit', 'None: its event is delivered again.'],
      GATEWAY_SILENT: ['The gateway does not answer the ops page', 'Check that the gateway runs.'],
      EXIT_REFUSED: ['The gateway refused an exit during the evacuation', 'Report it: exits must be accepted.'],
      USERS_FILE_UNUSABLE: ['The file of local users cannot be read', 'Repair it, or remove it.'],
      UNKNOWN_USER: ['The demo user does not exist', 'Use a user from the sign-in page.'],
      MARKER_MISSING: ['The runbook lacks the marks of its alarms', 'Restore the marks that the message names.'],
      VARIABLE_UNDESCRIBED: ['An environment variable has no description', 'Describe it in its schema.'],
    },
  },
  {
    title: 'Local sign-in',
    where: '`error` of the local issuer’s answers and redirects (RFC 6749, RFC 6750, RFC 7009, OpenID Connect Core).',
    codes: {
      invalid_request: ['A parameter is missing, repeated or wrong', 'Correct the request.'],
      invalid_client: ['The client_id is unknown, or a secret was sent', 'Send client_id without a secret.'],
      invalid_grant: [
        'The code or refresh token was already used, has expired, or belongs to another client',
        'Sign in again.',
      ],
      invalid_scope: ['A scope is not offered', 'Request only the scopes that the message names.'],
      invalid_token: ['The access token is not valid', 'Sign in again.'],
      unsupported_grant_type: ['The grant type is not supported', 'Use authorization_code or refresh_token.'],
      unsupported_response_type: ['The response type is not supported', 'Use response_type=code.'],
      unsupported_token_type: ['Only a refresh token can be revoked', 'Revoke the refresh token.'],
      login_required: ['prompt=none, but the user is not signed in', 'Sign in without prompt=none.'],
    },
  },
  {
    title: 'Console',
    where: 'Shown on the page, at the field concerned.',
    codes: {
      CONFIG_UNREADABLE: ['config.json is missing or not valid', 'Put a valid one beside the page.'],
      SIGN_IN_FAILED: ['The sign-in was refused', 'Sign in again.'],
      ISSUER_UNREACHABLE: ['The sign-in service does not answer', 'Check it and the network.'],
      CONSOLE_OUTDATED: ['The site has a newer console than the tab', 'Reload the page.'],
      FIELD_UNREADABLE: ['The content of a field is not valid; nothing was sent', 'Correct the field.'],
    },
  },
];
