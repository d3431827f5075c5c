import t from 'tap';
import { versionOf } from '../../stores/changes/entries.js';
import { imported, SITE } from './import-of.js';

const LAB_IN = SITE.readers.get('lab-in') ?? {};
const LAB = SITE.zones.get('lab') ?? {};

t.test('readers: a row changes only what it gives', async (t) => {
  const content = [
    'Leser-ID,Tür,Gebäude,Bereich,Richtung,mode,card format,outer zone',
    'lab-in,,,,,,,',
    'lab-out,Lab,hq,lab,Ausgang,,,',
    'hq-in,"North, 1",hq,offices,IN,Free,UID-hex,',
    'new,Lab 2,hq,lab,both,normal,,-',
    'bad-1,Lab,hq,,in,,,',
    'bad-2,Lab,hq,lab,sideways,,,',
    'bad-3,Lab,hq,lab,in,open,,',
    'bad-4,Lab,hq,lab,in,,hex,',
    'broken,Lab,hq,lab,in,,,',
  ].join('\n');
  const { published, lines } = await imported({ kind: 'readers', content });
  const reader = (members: object) => ({ content: { type: 'set-reader', reader: members } });
  const ofLab = { buildingId: 'hq', zoneId: 'lab' };
  t.match(published, [
    { ...reader(LAB_IN), expects: versionOf('readers', LAB_IN) },
    {
      ...reader({
        readerId: 'lab-out',
        door: 'Lab',
        ...ofLab,
        direction: 'out',
        mode: 'normal',
        outerZoneId: 'offices',
      }),
      expects: 'absent',
    },
    reader({
      readerId: 'hq-in',
      door: 'North, 1',
      zoneId: 'offices',
      direction: 'in',
      mode: 'free',
      cardFormat: 'uid-hex',
    }),
    reader({ readerId: 'new', ...ofLab, direction: 'both' }),
  ]);
  t.equal(published.length, 4);
  t.notOk(
    'outerZoneId' in (published[3]?.content.type === 'set-reader' ? published[3].content.reader : {}),
    '- is none',
  );
  t.match(
    lines.filter(({ changeId }) => changeId === undefined),
    [
      { line: 6, field: 'zoneId', reason: /1 to 64|missing/ },
      { line: 7, field: 'direction', reason: /must be one of in, out, both/ },
      { line: 8, field: 'mode', reason: /must be one of normal, locked-down, free/ },
      { line: 9, field: 'cardFormat', reason: /must be one of as-sent, uid-hex, / },
      { line: 10, field: 'readerId', reason: /whose row cannot be read/ },
    ],
  );
});

t.test('zones: a row changes only what it gives', async (t) => {
  const content = [
    'zoneId,Building,Name,outer zone,anti-passback,forgiveAt,Occupancy limit,accompaniment seconds',
    'lab,,,,,,,',
    'offices,,Büros,,,,40,',
    'safe,hq,Safe,lab,timed 15,4:30,2,20',
    'hall,hq,Hall,,,,,',
    'bad-1,hq,Bad,,timed,,,',
    'bad-2,hq,Bad,,hard 5,,,',
    'bad-3,hq,Bad,,hard,25:00,,',
    'bad-4,hq,Bad,,,,many,',
    'bad-5,hq,Bad,,,,,900',
    'bad-6,hq,,,,,,',
  ].join('\n');
  const { published, lines } = await imported({ kind: 'zones', content });
  const zone = (members: object) => ({ content: { type: 'set-zone', zone: members } });
  const ofHq = { buildingId: 'hq' };
  t.match(published, [
    zone({
      zoneId: 'offices',
      ...ofHq,
      name: 'Büros',
      occupancyLimit: 40,
      antiPassback: { mode: 'hard', forgiveAt: '04:00' },
    }),
    { ...zone({ zoneId: 'hall', ...ofHq, name: 'Hall', antiPassback: { mode: 'none' } }), expects: 'absent' },
    { ...zone(LAB), expects: versionOf('zones', LAB) },
    zone({
      ...{ zoneId: 'safe', outerZoneId: 'lab', antiPassback: { mode: 'timed', minutes: 15, forgiveAt: '04:30' } },
      ...{ occupancyLimit: 2, accompaniment: { withinSeconds: 20 } },
    }),
  ]);
  t.equal(published.length, 4);
  t.match(
    lines.filter(({ changeId }) => changeId === undefined),
    [
      { line: 6, field: 'antiPassback', reason: /timed with minutes/ },
      { line: 7, field: 'antiPassback', reason: /timed with minutes/ },
      { line: 8, field: 'forgiveAt', reason: /time of day such as 04:00/ },
      { line: 9, field: 'occupancyLimit', reason: /must be/ },
      { line: 10, field: 'accompanimentSeconds', reason: /at most 300/ },
      { line: 11, field: 'name', reason: 'is missing' },
    ],
  );
  const cleared = 'zoneId,buildingId,name,outerZoneId,antiPassback,forgiveAt,occupancyLimit,accompanimentSeconds';
  const { published: emptied } = await imported({
    kind: 'zones',
    content: `${cleared}\nlab,,,-,soft,-,-,-\noffices,,,,,-,,`,
  });
  t.match(
    emptied.map(({ content }) => content),
    [
      { zone: { zoneId: 'lab', antiPassback: { mode: 'soft' } } },
      { zone: { zoneId: 'offices', antiPassback: { mode: 'hard' } } },
    ],
  );
  const text = JSON.stringify(emptied);
  for (const gone of ['outerZoneId', 'occupancyLimit', 'accompaniment', 'forgiveAt']) t.notMatch(text, gone, gone);
});

t.test('zones come after the zone around them, in circles too, and in another call', async (t) => {
  const content = 'zoneId,buildingId,name,outerZoneId\nc,hq,C,b\nb,hq,B,a\nx,hq,X,y\na,hq,A,\ny,hq,Y,x\nd,hq,D,';
  const { published, calls, lines } = await imported({ kind: 'zones', content });
  const ids = published.map(({ content }) => (content.type === 'set-zone' ? content.zone.zoneId : ''));
  t.ok(ids.indexOf('a') < ids.indexOf('b') && ids.indexOf('b') < ids.indexOf('c'), ids.join());
  t.equal(ids.length, 6);
  const callOf = (id: string) => calls.findIndex((call) => call.includes(id));
  t.ok(
    callOf('a') < callOf('b') && callOf('b') < callOf('c'),
    'the topic may take the messages of a call in any order',
  );
  t.match(
    lines,
    [{ line: 2 }, { line: 3 }, { line: 4 }, { line: 5 }, { line: 6 }, { line: 7 }],
    'in the order of the file',
  );
});

t.test('a preview shows the whole reader or zone', async (t) => {
  const content = 'zoneId,buildingId,name\nlab,,Laboratory\n';
  const { rows } = await imported({ kind: 'zones', content, preview: true });
  t.match(rows, [{ line: 2, values: { ...LAB, name: 'Laboratory' } }]);
});
