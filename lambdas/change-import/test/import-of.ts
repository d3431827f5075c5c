import { Readable } from 'node:stream';
import type { Change, ImportApproval, ImportKind, ImportResult, Reader, Zone } from '@swipegate/contract';
import { pino } from 'pino';
import { entryOf } from '../../stores/changes/entries.js';
import { uploadKey } from '../../stores/changes/object-keys.js';
import { createImportHandler } from '../import-handler.js';

export const PLACE = { tenantId: 'demo', importId: '3f9d1c52-8f0e-4d0a-9a52-0c8f5f0d7b11' };
export const BY = { userId: 'u-1', userName: 'hanna' };

const BUILDINGS = [
  { buildingId: 'hq', name: 'Headquarters', timeZone: 'Europe/Berlin' },
  { buildingId: 'havana', name: 'Havana', timeZone: 'America/Havana' },
  { buildingId: 'cairo', name: 'Cairo', timeZone: 'Africa/Cairo' },
];

const ZONES: Zone[] = [
  { zoneId: 'offices', buildingId: 'hq', name: 'Offices', antiPassback: { mode: 'hard', forgiveAt: '04:00' } },
  {
    ...{ zoneId: 'lab', buildingId: 'hq', name: 'Lab', outerZoneId: 'offices', antiPassback: { mode: 'none' } },
    ...{ occupancyLimit: 12, accompaniment: { withinSeconds: 30 } },
  },
];
const READER: Reader = {
  ...{ readerId: 'lab-in', door: 'Lab', buildingId: 'hq', zoneId: 'lab', outerZoneId: 'offices' },
  ...{ direction: 'in', mode: 'locked-down', cardFormat: 'uid-hex' },
};

/** The site before a file is imported. */
export const SITE = {
  buildings: new Map(BUILDINGS.map((building) => [building.buildingId, building])),
  zones: new Map(ZONES.map((zone) => [zone.zoneId, zone])),
  readers: new Map([[READER.readerId, READER]]),
  unreadableReaders: new Map([['broken', 'The row is invalid.']]),
  accessLevels: new Set(['staff', 'lab', 'night', 'x', 'y', 'z']),
  cardNumbers: 'full' as const,
};

const employee = { name: 'Name', active: true, accessLevelIds: [] };
const PEOPLE = {
  employees: new Map([
    ['a', { ...employee, employeeId: 'a' }],
    ['gone', { ...employee, employeeId: 'gone', active: false }],
  ]),
  cards: new Map([['taken', { cardId: 'taken', status: 'active' as const, employeeId: 'a' }]]),
};

/** Returns a message of the upload queue. */
export function noticeOf(key: string, messageId = 'm-1') {
  return {
    messageId,
    receiptHandle: '',
    body: JSON.stringify({ Records: [{ s3: { object: { key: encodeURIComponent(key).replaceAll('%2F', '/') } } }] }),
    attributes: {
      ApproximateReceiveCount: '1',
      SentTimestamp: '0',
      SenderId: 'local',
      ApproximateFirstReceiveTimestamp: '0',
    },
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: '',
    awsRegion: 'eu-central-1',
  };
}

export interface File {
  kind?: ImportKind;
  /** Content, or its chunks. */
  content: string | Buffer | readonly Buffer[];
  /** Size that the bucket reports. Default: the real one. */
  bytes?: number;
  preview?: boolean;
  sheet?: string;
  /** Decision to apply the previewed file. */
  approval?: ImportApproval;
  /** Interrupts the body after its chunks. */
  breaks?: boolean;
}

/** Imports a file with an in-memory bucket and topic. */
export function importer(file: File, publish: (changes: readonly Change[]) => Promise<void> = async () => undefined) {
  const published: Change[] = [];
  const previews: ImportResult[] = [];
  const results: ImportResult[] = [];
  const handle = createImportHandler({
    files: {
      async open() {
        const pieces = Array.isArray(file.content) ? file.content : [Buffer.from(String(file.content))];
        const all = Buffer.isBuffer(file.content) ? [file.content] : pieces;
        async function* body() {
          yield* all;
          if (file.breaks === true) throw new Error('The connection broke');
        }
        const bytes = file.bytes ?? all.reduce((sum, { length }) => sum + length, 0);
        return {
          request: {
            kind: file.kind ?? 'employees',
            by: BY,
            why: 'New site',
            preview: file.preview ?? false,
            ...(file.sheet !== undefined && { sheet: file.sheet }),
          },
          body: Readable.from(body()),
          bytes,
          uploadedMs: Date.parse('2026-11-25T08:59:59Z'),
        };
      },
      async approval() {
        return file.approval;
      },
      async putPreview(result) {
        previews.push(result);
      },
      async putResult(result) {
        results.push(result);
      },
    },
    async siteOf() {
      return SITE;
    },
    async peopleOf() {
      return PEOPLE;
    },
    async publish(changes) {
      await publish(changes);
      published.push(...changes);
    },
    logger: pino({ level: 'silent' }),
    now: () => Date.parse('2026-11-25T09:00:00Z'),
  });
  return {
    published,
    previews,
    results,
    /** @returns the number of messages to retry */
    run: async (key = uploadKey(PLACE)) => (await handle({ Records: [noticeOf(key)] })).batchItemFailures.length,
  };
}

/** Returns the result of a file that is imported without failures, or of its preview. */
export async function imported(file: File) {
  const calls: string[][] = [];
  const { run, published, results, previews } = importer(file, async (changes) => {
    calls.push(changes.map(({ content }) => entryOf(content).id));
  });
  const failures = await run();
  const [result] = file.preview === true ? previews : results;
  if (failures > 0 || result === undefined) throw new Error('The import failed');
  return { ...result, published, calls };
}
