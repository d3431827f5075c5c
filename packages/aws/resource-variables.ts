import { BUCKETS, STREAMS, TABLES } from '@swipegate/contract';
import { bucketVariable, stageVariable } from './environment.js';

const ofBackOffice = (output: string) => `the output ${output} of the stack swipegate-STAGE-back-office`;

/** The variables that name streams, tables and buckets. Each program picks those that it uses. */
export const RESOURCES = {
  SWIPES_STREAM: stageVariable(STREAMS.swipes, 'stream of swipes'),
  DECISIONS_STREAM: stageVariable(STREAMS.decisions, 'stream of decisions'),
  TABLE_API_KEYS: stageVariable(TABLES.apiKeys, 'table of API keys'),
  TABLE_SITE: stageVariable(TABLES.site, 'table of buildings, zones and readers'),
  TABLE_CARDS: stageVariable(TABLES.cards, 'table of cards'),
  TABLE_EMPLOYEES: stageVariable(TABLES.employees, 'table of cardholders'),
  TABLE_PRESENCE: stageVariable(TABLES.presence, 'table of presence: which cardholder is in which zone'),
  TABLE_DECISIONS: stageVariable(TABLES.decisions, 'table of decisions'),
  TABLE_DOOR_EVENTS: stageVariable(TABLES.doorEvents, 'table of door events'),
  TABLE_ZONE_STATE: stageVariable(TABLES.zoneState, 'table of zones with an occupancy limit or a two-person rule'),
  TABLE_READER_CONTACTS: stageVariable(
    TABLES.readerContacts,
    'table of each reader’s last contact, and of the last unknown card there',
  ),
  TABLE_OCCUPANCY: stageVariable(TABLES.occupancy, 'table of headcounts, one a minute'),
  TABLE_UNREADABLE: stageVariable(TABLES.unreadable, 'table of parked records'),
  TABLE_CHANGES: stageVariable(TABLES.changes, 'table of changes and their progress'),
  TABLE_CHANGE_CURSORS: stageVariable(TABLES.changeCursors, 'table of how far each tenant’s changes are applied'),
  TABLE_DEVICE_COMMANDS: stageVariable(TABLES.deviceCommands, 'table of the commands to devices'),
  TABLE_ROLL_CALLS: stageVariable(TABLES.rollCalls, 'table of roll calls and their ticks'),
  EVENTS_BUCKET: bucketVariable(BUCKETS.events, ofBackOffice('EventsBucket'), 'bucket of the event store'),
  UPLOADS_BUCKET: bucketVariable(
    BUCKETS.uploads,
    ofBackOffice('UploadsBucket'),
    'bucket that CSV files are uploaded to',
  ),
  ARCHIVE_BUCKET: bucketVariable(
    BUCKETS.archive,
    'the output ArchiveBucket of the stack swipegate-STAGE-archive',
    'bucket of the archived swipes and decisions',
  ),
};
