import { nameInStage, QUEUES, STREAMS, TABLES, TOPICS } from '@swipegate/contract';
import t from 'tap';
import Type from 'typebox';
import { environmentReader, SWIPEGATE_STAGE } from '../environment.js';
import { RESOURCES } from '../resource-variables.js';

const { SWIPES_STREAM, TABLE_CARDS, ARCHIVE_BUCKET } = RESOURCES;
const read = environmentReader(
  'a program',
  Type.Object({ SWIPEGATE_STAGE, SWIPES_STREAM, TABLE_CARDS, ARCHIVE_BUCKET }),
);

t.test('without a stage the names are those of the local cloud', async (t) => {
  const local = { SWIPES_STREAM: 'swipes', TABLE_CARDS: 'swipegate-cards', ARCHIVE_BUCKET: 'swipegate-archive' };
  t.strictSame(read({}), local);
  t.strictSame(read({ SWIPEGATE_STAGE: '' }), local);
});

t.test('with a stage the names carry it, unless a variable names another one', async (t) => {
  t.strictSame(read({ SWIPEGATE_STAGE: 'test', TABLE_CARDS: 'ours', ARCHIVE_BUCKET: 'b' }), {
    SWIPEGATE_STAGE: 'test',
    SWIPES_STREAM: 'swipegate-test-swipes',
    TABLE_CARDS: 'ours',
    ARCHIVE_BUCKET: 'b',
  });
});

t.test('with a stage a bucket has no default: its local name could be anybody’s on AWS', async (t) => {
  t.throws(() => read({ SWIPEGATE_STAGE: 'test' }), {
    code: 'ENVIRONMENT_INVALID',
    message:
      /ARCHIVE_BUCKET: must be set with SWIPEGATE_STAGE.* output ArchiveBucket of the stack swipegate-STAGE-archive/,
  });
  t.throws(() => read({ SWIPEGATE_STAGE: 'My Stage' }), { message: /SWIPEGATE_STAGE=My Stage: must be 1 to 21/ });
});

t.test('no two stages share a name, even if one stage is the beginning of the other', async (t) => {
  for (const kind of [STREAMS, TABLES, QUEUES, TOPICS]) {
    const names = Object.values(kind).map((name) => nameInStage(name, 'x'));
    t.equal(new Set(names).size, names.length);
    // swipegate-x-NAME is also stage x-y's if NAME is y- and a name.
    const longer = names.flatMap((name) => names.filter((other) => name.endsWith(other.replace('swipegate-x', ''))));
    t.strictSame(longer, names);
  }
});
