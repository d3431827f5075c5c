// Own process: takes long.
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { batchWrite } from '@swipegate/aws/batch-write';
import { nameKey, TABLES, tenantKey, unknownCardsKey } from '@swipegate/contract';
import { apiKeyTable } from '@swipegate/gateway/auth/api-key-table';
import { commandTable } from '@swipegate/gateway/queries/device-commands';
import { testApp } from '@swipegate/gateway/test/test-app';
import { composeDecideHandler } from '@swipegate/lambdas/decide/decide-handler';
import { launchChromium, NO_CHROMIUM } from '@swipegate/simulator/report/test/chromium';
import type { Browser, Page, Route } from 'playwright-core';
import t, { type Test } from 'tap';
import { kinesisEvent } from '../../sources/event-source/kinesis-event.js';
import { HOSTILE_EMPLOYEE, HOSTILE_NAME, startBackOffice } from './back-office.js';
import { goTo, signedIn } from './console-in-browser.js';

/** Fills in the reason and submits the dialog. */
async function confirm(page: Page, label: string, why: string): Promise<void> {
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Why').fill(why);
  await dialog.getByRole('button', { name: label, exact: true }).click();
  await dialog.waitFor({ state: 'detached' });
}

const steps = (page: Page) => page.locator('.change').first().getByRole('listitem').allTextContents();
const settled = (page: Page, state: 'applied' | 'rejected', title: string | RegExp) =>
  page.locator(`.change[data-state=${state}]`, { hasText: title }).waitFor();

async function inBrowser(t: Test, browser: Browser): Promise<void> {
  const office = await startBackOffice(t);
  const { events } = office;

  await t.test('linking a card shows the progress of the change', async (t) => {
    const page = await signedIn(t, office, browser, 'Hanna');
    await goTo(page, office, `employees/${HOSTILE_EMPLOYEE}`, HOSTILE_NAME);
    const store = events.hold('stored');
    const apply = events.hold('applied');
    await page.getByRole('button', { name: 'Link a card' }).click();
    await page.getByLabel('Card', { exact: true }).fill('card-77777');
    await page.getByLabel('Valid until').fill('2099-12-31T18:00');
    await confirm(page, 'Link card', 'First day at work');
    await page.getByRole('status').filter({ hasText: 'Accepted. Saving…' }).waitFor();
    t.match(await steps(page), ['accepted (done)', 'stored (not yet)', 'applied (not yet)']);
    t.match(
      await page.evaluate<string>('document.activeElement.textContent'),
      /Link a card to/,
      'the progress has the focus',
    );
    store();
    await page.getByRole('status').filter({ hasText: 'Saved. Applying…' }).waitFor();
    t.match(await steps(page), ['accepted (done)', /^stored \(done\)/, 'applied (not yet)']);
    t.equal(await page.getByRole('article', { name: 'Card card-77777' }).count(), 0, 'not shown before it is applied');
    apply();
    await settled(page, 'applied', 'Link a card');
    const card = page.getByRole('article', { name: 'Card card-77777' });
    await card.getByText('active', { exact: true }).waitFor();
    await card.getByText('inside').waitFor();
    const history = page.getByRole('region', { name: 'History of this employee and their cards' });
    await history.getByRole('row', { name: /link card-77777.*hanna.*First day at work.*applied/ }).waitFor();
    t.match(events.published.at(-1), {
      by: { userName: 'hanna' },
      why: 'First day at work',
      content: { type: 'link-card', cardId: 'card-77777', employeeId: HOSTILE_EMPLOYEE, buildingId: 'hq' },
    });
  });

  await t.test('a terminal gets its doors, and a key for its path', async (t) => {
    const page = await signedIn(t, office, browser, 'Samuel');
    await goTo(page, office, 'devices', 'Devices');
    await page.getByRole('button', { name: 'Add a device' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Device id').fill('lobby-terminal');
    await dialog.getByLabel('Serial number').fill('X');
    await dialog.getByLabel('Control iD').check();
    t.equal(await dialog.getByLabel('Serial number').isVisible(), false, 'only ZKTeco has one');
    await dialog.getByRole('button', { name: 'Add a door' }).click();
    await dialog.getByRole('button', { name: 'Remove door 2' }).click();
    await dialog.getByLabel('In', { exact: true }).selectOption('hq-lab-in-1');
    await dialog.getByLabel('Out', { exact: true }).selectOption('hq-lab-out-1');
    await dialog.getByLabel('Time zone').fill('Munich');
    await dialog.getByLabel('May connect from').fill('10.1.2.3, 10.2.0.0/99');
    await dialog.getByLabel('Why').fill('Bought for the lab');
    await dialog.getByRole('button', { name: 'Add device' }).click();
    const noZone =
      'Time zone of its clock must be a time zone or its city, such as Europe/Berlin or Berlin, not Munich';
    await dialog.getByRole('alert').filter({ hasText: noZone }).waitFor();
    t.equal(await dialog.getByLabel('Time zone').getAttribute('aria-invalid'), 'true');
    await dialog.getByLabel('Time zone').fill('Europe/Lisbon');
    await dialog.getByRole('button', { name: 'Add device' }).click();
    await dialog
      .getByText(/must be an address or a CIDR block/)
      .first()
      .waitFor();
    await dialog.getByLabel('May connect from').fill('10.1.2.3, 10.2.0.0/16');
    await dialog.getByLabel('Time zone').fill('lisbon');
    await confirm(page, 'Add device', 'Bought for the lab');
    await page
      .getByRole('row', { name: /lobby-terminal.*Control iD.*no key yet.*1: hq-lab-in-1, hq-lab-out-1/ })
      .waitFor();
    t.match(events.published.at(-1)?.content, {
      type: 'set-device',
      device: {
        ...{ deviceId: 'lobby-terminal', make: 'control-id', timeZone: 'Europe/Lisbon' },
        doors: [{ door: 1, in: 'hq-lab-in-1', out: 'hq-lab-out-1' }],
        networks: ['10.1.2.3', '10.2.0.0/16'],
      },
    });
    await page.getByRole('button', { name: 'Issue a key for lobby-terminal' }).click();
    await dialog.getByLabel('Why').fill('For its server path');
    await dialog.getByRole('button', { name: 'Issue key' }).click();
    t.match(await dialog.getByLabel('Key', { exact: true }).textContent(), /^sgk_/);
    await page.getByRole('button', { name: 'I have saved it' }).click();
    await page.getByRole('row', { name: /lobby-terminal.*a key/ }).waitFor();

    await page.getByRole('button', { name: 'Open a door of lobby-terminal once' }).click();
    await confirm(page, 'Open once', 'A visitor rang');
    const command = page.locator('[data-command]').first();
    await command.getByText('Open once: lobby-terminal, door 1').waitFor();
    await command.getByRole('status').filter({ hasText: 'Waiting for the device to ask…' }).waitFor();
    const table = commandTable(office.dynamodb, TABLES.deviceCommands);
    const deviceKey = tenantKey('demo', 'lobby-terminal');
    const [open] = await table.ofDevice(deviceKey);
    t.match(open, { command: 'open', door: 1, why: 'A visitor rang', by: { userName: 'samuel' }, state: 'waiting' });
    const key = { deviceKey, commandId: open?.commandId ?? '' };
    await table.move(key, 'waiting', { state: 'sent', sentAt: new Date().toISOString() });
    await command.getByRole('status').filter({ hasText: 'The device has it.' }).waitFor();
    await table.move(key, 'sent', { state: 'failed', detail: 'The device answers -1002.' });
    await command.getByRole('status').filter({ hasText: 'Failed. The device answers -1002.' }).waitFor();
    await command.getByRole('button', { name: 'Dismiss' }).click();
    await page.getByRole('button', { name: 'Command lobby-terminal' }).click();
    await dialog.getByLabel('Set clock').check();
    await confirm(page, 'Send command', 'An hour off');
    await page.locator('[data-command]').first().getByText('Set clock: lobby-terminal', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Latest commands to lobby-terminal' }).click();
    await dialog.getByRole('row', { name: /Open once.*1.*samuel.*A visitor rang.*failed.*-1002/ }).waitFor();
    await dialog.getByRole('row', { name: /Set clock.*samuel.*An hour off.*waiting/ }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: /^Revoke key-.* of lobby-terminal$/ }).click();
    await confirm(page, 'Revoke key', 'Typed into a chat');
    await page.getByRole('row', { name: /lobby-terminal.*no key yet/ }).waitFor();
    t.match(events.published.at(-1), {
      by: { userName: 'samuel' },
      why: 'Typed into a chat',
      content: { type: 'revoke-device-key', deviceId: 'lobby-terminal' },
    });
  });

  await t.test('an unknown device is refused, wants to pair, and is let in once somebody pairs it', async (t) => {
    const directory = apiKeyTable(office.dynamodb, TABLES.apiKeys);
    const gateway = await testApp({ DEVICE_TENANT: 'demo', API_KEY_CACHE_MS: '0' }, {}, { directory });
    const port = await gateway.buildDevices();
    // Refusals are held back, and their timers alone do not keep the process alive.
    await port.listen({ port: 0 });
    const kinesis = new KinesisClient({ region: 'eu-central-1', endpoint: 'http://127.0.0.1:1' });
    const decide = composeDecideHandler({ dynamodb: office.dynamodb, kinesis }, { LOG_LEVEL: 'silent' });
    t.teardown(() => Promise.all([gateway.app.close(), port.close()]));
    let sequence = 0;
    /** Calls as the device does, and decides on what reached the stream. */
    const call = async (url: string, payload?: string) => {
      const answer = await port.inject(payload === undefined ? { url } : { method: 'POST', url, payload });
      const records = gateway.sink.puts.splice(0).map(({ partitionKey, record }) => {
        sequence += 1;
        const Data = Buffer.from(JSON.stringify(record));
        return { SequenceNumber: String(sequence), PartitionKey: partitionKey, Data };
      });
      const stream = { streamArn: 'arn:aws:kinesis:eu-central-1:000000000000:stream/swipes', region: 'eu-central-1' };
      if (records.length > 0) await decide(kinesisEvent('shardId-000000000000', records, stream));
      return answer;
    };
    const page = await signedIn(t, office, browser, 'Samuel');
    await goTo(page, office, 'devices', 'Devices');
    const wanting = page.getByRole('region', { name: 'Devices that want to pair' });
    await wanting.getByText(/^None\. A ZKTeco device shows up here/).waitFor();
    t.match(await call('/iclock/cdata?SN=CKJB190&options=all&pushver=2.4.1'), { statusCode: 401 });
    t.match(await call('/iclock/cdata?SN=CKJB190&table=ATTLOG', '7\t2026-02-21 08:15:30\t0\t4'), { statusCode: 401 });
    await page.reload();
    await wanting.getByText(/^ZKTeco CKJB190 wants to pair, \d+ s ago$/).waitFor();
    await wanting.getByText('time clock, from 127.0.0.1, 1 request refused').waitFor();
    await wanting.getByRole('button', { name: 'Pair CKJB190' }).click();
    const dialog = page.getByRole('dialog');
    t.equal(await dialog.getByLabel('Serial number').inputValue(), 'CKJB190');
    t.equal(await dialog.getByLabel('ZKTeco').isChecked(), true);
    await dialog.getByLabel('Device id').fill('lab-clock');
    await dialog.getByLabel('In', { exact: true }).selectOption('hq-lab-in-1');
    await dialog.getByLabel('Time zone').fill('Etc/UTC');
    await confirm(page, 'Pair device', 'New clock in the lab');
    await page.getByRole('row', { name: /lab-clock.*ZKTeco.*never called.*CKJB190/ }).waitFor();
    await wanting.getByText(/^None\./).waitFor();
    const wall = (ms: number) => new Date(Date.now() + ms).toISOString().slice(0, 19).replace('T', ' ');
    const answer = await call('/iclock/cdata?SN=CKJB190&table=rtstate', `time=${wall(-7_500_000)}\talarm=00`);
    t.match(answer, { statusCode: 200, body: 'OK' });
    await page.reload();
    const row = page.getByRole('row', { name: /lab-clock/ });
    await row.getByText('● calls').waitFor();
    await row.getByText('127.0.0.1', { exact: true }).waitFor();
    await row.getByText(/^Its clock is 2 h 5 min behind\./).waitFor();
  });

  await t.test('an unknown card at a door is shown, linked, and found by any form of its number', async (t) => {
    const person = { employeeId: 'emp-96000', name: 'Una Karte', active: true, accessLevelIds: ['staff'] };
    const una = {
      employeeKey: tenantKey('demo', person.employeeId),
      ...person,
      tenantId: 'demo',
      nameKey: nameKey(person),
    };
    await batchWrite(office.dynamodb, TABLES.employees, [una]);
    const page = await signedIn(t, office, browser, 'Hanna');
    await goTo(page, office, 'cards', 'Cards');
    await page.getByText('None in the last 24 hours.').waitFor();
    const refused = {
      ...{ tenantId: unknownCardsKey('demo'), readerId: 'hq-lab-in-1', at: new Date().toISOString() },
      ...{ cardId: 'uid-04a1b2c3', cardNumber: '04 A1 B2 C3', swipeId: crypto.randomUUID() },
    };
    const unread = { ...refused, readerId: 'hq-lab-out-1', cardId: 'unread-xyz', cardNumber: 'xyz' };
    await batchWrite(office.dynamodb, TABLES.readerContacts, [refused, unread]);
    const line = page.locator('[data-unknown-card=uid-04a1b2c3]');
    await line.getByText(/^Unknown card 04 A1 B2 C3 at .+, \d+ s ago$/).waitFor();
    const bad = page.locator('[data-unknown-card=unread-xyz]');
    await bad.getByText('which is no number in its card format').waitFor();
    t.equal(await bad.getByRole('button').count(), 0, 'what could not be read cannot be linked');

    await line.getByRole('button', { name: 'Link this card' }).click();
    const dialog = page.getByRole('dialog', { name: 'Link a card' });
    await dialog.getByText('sent 04 A1 B2 C3, read in hex as a UID of 4 bytes: uid-04a1b2c3.').waitFor();
    t.equal(await dialog.getByLabel('Card', { exact: true }).inputValue(), 'uid-04a1b2c3');
    t.equal(await dialog.getByLabel('Read as').isVisible(), false, 'an id has one reading');
    t.equal(await dialog.getByLabel('Building where the employee is now').inputValue(), 'hq');
    await dialog.getByLabel('Employee', { exact: true }).fill('una kar');
    await dialog.locator('option[value=emp-96000]').waitFor({ state: 'attached' });
    // Without the proposals, as for a person who types fast.
    await dialog.getByLabel('Employee', { exact: true }).fill('Una');
    await dialog.getByLabel('Why').fill('Her first card');
    await dialog.getByRole('button', { name: 'Link card' }).click();
    const noUna = 'There is no employee Una. Enter one of these ids: emp-96000 (Una Karte).';
    await dialog.getByRole('alert').filter({ hasText: noUna }).waitFor();
    t.equal(await dialog.getByLabel('Employee', { exact: true }).getAttribute('aria-invalid'), 'true', 'at its field');
    await dialog.getByLabel('Employee', { exact: true }).fill('Una Karte');
    await dialog.getByRole('status').filter({ hasText: 'Una Karte' }).waitFor();
    await confirm(page, 'Link card', 'Her first card');
    await settled(page, 'applied', 'Link a card');
    await line.waitFor({ state: 'detached' });

    const search = page.getByLabel('Find a card by any form of its number');
    for (const number of ['3283263748', '161,45763']) {
      await search.fill(number);
      const found = page.locator('[data-reading=uid-04a1b2c3]').filter({ hasText: 'active' });
      await found.getByRole('link', { name: 'of emp-96000' }).waitFor();
    }
    await search.fill('161,45764');
    await page.getByText('No card has this number.').waitFor();
    t.match(page.url(), /#\/cards\?number=161%2C45764$/);
    await page.getByRole('region', { name: 'Find a card' }).getByRole('button', { name: 'Link this card' }).click();
    t.equal(await dialog.getByLabel('Read as').inputValue(), 'w26-161-45764');
    t.match(await dialog.getByLabel('Read as').locator('option').allTextContents(), [
      'w26-161-45764, read as facility 161, number 45764 (26 bits)',
    ]);
    await dialog.getByLabel('Card', { exact: true }).fill('04A1B2C5');
    t.equal(await dialog.getByLabel('Read as').inputValue(), '04A1B2C5', 'without formats, a number is an id');
    await page.keyboard.press('Escape');
  });

  await t.test('a card that no reader of the site can send is linked only after a warning', async (t) => {
    const page = await signedIn(t, office, browser, 'Hanna');
    await page.route('**/v1/readers', async (route) => {
      const answer = await route.fetch();
      const { items }: { items: object[] } = await answer.json();
      await route.fulfill({
        response: answer,
        json: { items: items.map((reader) => ({ ...reader, cardFormat: 'uid-hex' })) },
      });
    });
    const refused = {
      ...{ tenantId: unknownCardsKey('demo'), readerId: 'hq-lab-in-1', at: new Date().toISOString() },
      ...{ cardId: 'uid-04a1b2c6', cardNumber: '04A1B2C6', swipeId: crypto.randomUUID() },
    };
    await goTo(page, office, `employees/${HOSTILE_EMPLOYEE}`, HOSTILE_NAME);
    await page.getByRole('button', { name: 'Link a card' }).click();
    const dialog = page.getByRole('dialog');
    const card = dialog.getByLabel('Card', { exact: true });
    const readAs = dialog.getByLabel('Read as');
    await card.fill('161,45766');
    t.equal(await readAs.inputValue(), 'uid-00a1b2c6');
    await dialog.getByText('This number has only 24 bits of the card’s UID').waitFor();
    await readAs.selectOption('w26-161-45766');
    await dialog.getByText('No reader of this site sends 26 bits: the card would open no door.').waitFor();
    await card.fill('04A1B2C6');
    t.equal(await dialog.getByText('would open no door').count(), 0);
    await page.keyboard.press('Escape');

    await batchWrite(office.dynamodb, TABLES.readerContacts, [refused]);
    await page.getByRole('button', { name: 'Link a card' }).click();
    await card.fill('161,45766');
    t.equal(await readAs.inputValue(), 'uid-04a1b2c6', 'a reader has just refused this card');
    await page.keyboard.press('Escape');
    await goTo(page, office, 'cards', 'Cards');
    await page.getByLabel('Find a card by any form of its number').fill('161,45766');
    const find = page.getByRole('region', { name: 'Find a card' });
    await find.getByText('Unknown card 04A1B2C6 at').waitFor();
    await find.locator('[data-unknown-card=uid-04a1b2c6]').getByRole('button', { name: 'Link this card' }).click();
    t.equal(await card.inputValue(), 'uid-04a1b2c6');
    await page.keyboard.press('Escape');
  });

  await t.test('a change that the rules forbid is rejected with a reason', async (t) => {
    const page = await signedIn(t, office, browser, 'Hanna');
    await goTo(page, office, `employees/${HOSTILE_EMPLOYEE}`, HOSTILE_NAME);
    await page.getByRole('button', { name: 'Link a card' }).click();
    await page.getByLabel('Card', { exact: true }).fill('card-88888');
    await confirm(page, 'Link card', 'A second one');
    await settled(page, 'rejected', 'Link a card');
    await page
      .getByRole('status')
      .filter({ hasText: 'Rejected: The employee emp-90000 has the card card-77777' })
      .waitFor();
    t.match(await steps(page), [/accepted/, /stored/, /^rejected \(done\)/]);
  });

  await t.test('reporting a card lost works with the keyboard alone', async (t) => {
    const page = await signedIn(t, office, browser, 'Samuel');
    const tabTo = async (name: string | RegExp): Promise<void> => {
      for (let i = 0; i < 80; i++) {
        await page.keyboard.press('Tab');
        const label = await page.evaluate<string>(
          'document.activeElement.getAttribute("aria-label") ?? document.activeElement.labels?.[0]?.textContent ?? document.activeElement.textContent',
        );
        if (typeof name === 'string' ? label === name : name.test(label)) return;
      }
      t.fail(`Tab does not reach ${name}`);
    };
    await page.reload();
    await page.getByRole('heading', { level: 1, name: 'Employees' }).waitFor();
    await tabTo('Skip to the content');
    t.ok(await page.getByRole('button', { name: 'Skip to the content' }).isVisible());
    await page.keyboard.press('Enter');
    await tabTo('Search by name, id or card number');
    await page.keyboard.type(HOSTILE_EMPLOYEE);
    await page.getByText('1 employee.').waitFor();
    await tabTo(HOSTILE_NAME);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: HOSTILE_NAME }).waitFor();
    t.equal(await page.evaluate('document.activeElement.tagName'), 'H1', 'the new page’s title has the focus');
    await tabTo('Report lost');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'Report lost: card-77777' }).waitFor();
    await page.keyboard.press('Escape');
    t.equal(await page.evaluate('document.activeElement.textContent'), 'Report lost', 'the focus returns');
    await page.keyboard.press('Enter');
    await page.keyboard.type('ab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    t.ok(await page.getByRole('dialog').isVisible(), 'a reason needs three letters');
    await page.keyboard.type(' – left in a taxi');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await settled(page, 'applied', 'Report lost');
    await page.getByRole('article', { name: 'Card card-77777' }).getByText('lost', { exact: true }).waitFor();
    t.match(events.published.at(-1), { why: 'ab – left in a taxi', content: { type: 'change-card', action: 'lost' } });
  });

  await t.test('a failed request is retried as the same change', async (t) => {
    const page = await signedIn(t, office, browser, 'Hanna');
    const keys: (string | undefined)[] = [];
    page.on('request', (request) => {
      if (request.method() === 'POST' && request.url().includes('/reactivate'))
        keys.push(request.headers()['idempotency-key']);
    });
    await goTo(page, office, `employees/${HOSTILE_EMPLOYEE}`, HOSTILE_NAME);
    await page.getByRole('button', { name: 'Reactivate' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Why').fill('It was found');
    office.outage.isOn = true;
    await dialog.getByRole('button', { name: 'Reactivate' }).click();
    await dialog.getByRole('alert').filter({ hasText: 'HTTP status 503' }).waitFor();
    office.outage.isOn = false;
    await dialog.getByRole('button', { name: 'Reactivate' }).click();
    await settled(page, 'applied', 'Reactivate');
    t.match(keys, [/^[0-9a-f-]{36}$/, keys[0]]);
    t.equal(events.published.filter(({ changeId }) => changeId === keys[0]).length, 1);
  });

  await t.test('an employee is created, edited, deactivated and erased', async (t) => {
    const page = await signedIn(t, office, browser, 'Anders');
    await page.getByRole('button', { name: 'New employee' }).click();
    await page.getByLabel('Employee id').fill('no spaces please');
    await page.getByLabel('Name', { exact: true }).fill('Nora Neu');
    await page.getByLabel('staff', { exact: true }).check();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Why').fill('Begins on Monday');
    await dialog.getByRole('button', { name: 'Add employee' }).click();
    const id = page.getByLabel('Employee id');
    await page.locator('[aria-invalid]').waitFor();
    t.equal(await id.getAttribute('aria-invalid'), 'true', 'at the field that it is about');
    t.match(await dialog.getByRole('alert').textContent(), /^Employee id must be 1 to 64 letters, digits or/);
    await id.fill('emp-95000');
    await dialog.getByRole('button', { name: 'Add employee' }).click();
    await page.getByRole('heading', { level: 1, name: 'Nora Neu' }).waitFor();
    await page.getByRole('button', { name: 'Edit' }).click();
    await page.getByLabel('Name', { exact: true }).fill('Nora Neumann');
    await page.getByLabel('night-crew').check();
    await confirm(page, 'Save', 'Married');
    await page.getByRole('heading', { level: 1, name: 'Nora Neumann' }).waitFor();
    await page.getByRole('definition').getByText('night-crew, staff').waitFor();
    await page.getByRole('button', { name: 'Deactivate' }).click();
    await confirm(page, 'Deactivate', 'On parental leave');
    await page.getByText('not active', { exact: true }).waitFor();
    t.equal(await page.getByRole('button', { name: 'Link a card' }).count(), 0);
    await page.getByRole('button', { name: 'Erase' }).click();
    await confirm(page, 'Erase', 'Asked for by her');
    await settled(page, 'applied', 'Erase');
  });

  await t.test('the list of people inside refreshes by itself', async (t) => {
    const page = await signedIn(t, office, browser, 'Samuel');
    await goTo(page, office, 'muster', 'People inside');
    const count = page.locator('.figure');
    const before = Number.parseInt((await count.textContent()) ?? '', 10);
    const focused = page.getByRole('row').nth(1).getByRole('button', { name: 'Mark as outside' });
    await focused.focus();
    const hr = await signedIn(t, office, browser, 'Hanna');
    await goTo(hr, office, 'employees/emp-00100', /^(?!Employees)/);
    await hr.getByRole('button', { name: 'Unlink' }).click();
    await confirm(hr, 'Unlink', 'The chip is broken');
    await hr.getByText('No card is linked.').waitFor();
    await hr.getByRole('button', { name: 'Link a card' }).click();
    await hr.getByLabel('Card', { exact: true }).fill('card-66666');
    await confirm(hr, 'Link card', 'Replacement');
    await count.filter({ hasText: `${before + 1} inside` }).waitFor();
    await page.getByRole('row', { name: /card-66666/ }).waitFor();
    t.equal(await page.evaluate('document.activeElement.textContent'), 'Mark as outside', 'the focus stays');
    await page.emulateMedia({ media: 'print' });
    t.notOk(await page.getByRole('navigation').isVisible());
    t.ok(await page.getByRole('row', { name: /card-66666/ }).isVisible(), 'the list can be printed');
    await page.emulateMedia({ media: null });
    const [saved] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Save as CSV' }).click(),
    ]);
    t.match(saved.suggestedFilename(), /^muster-hq-.*\.csv$/);
    await page.getByLabel('Building').selectOption('ny');
    await page.getByText('No one is inside.').waitFor();
  });

  await t.test(
    'a reader is edited in a form, and the last schedule of an access level cannot be removed',
    async (t) => {
      const page = await signedIn(t, office, browser, 'Samuel');
      await goTo(page, office, 'site/readers/hq-lab-in-1', 'Reader hq-lab-in-1');
      await page.getByRole('row', { name: /staff/ }).first().waitFor();
      await page.getByRole('button', { name: 'Edit', exact: true }).click();
      const dialog = page.getByRole('dialog');
      t.equal(await dialog.getByLabel('Leads into').inputValue(), 'hq-lab');
      t.equal(await dialog.getByLabel('From', { exact: false }).inputValue(), 'hq-offices');
      await dialog.getByLabel('Locked down').check();
      await confirm(page, 'Save', 'Smoke in the laboratory');
      await settled(page, 'applied', 'Edit hq-lab-in-1');
      await page.getByRole('definition').getByText('locked-down').waitFor();
      t.match(events.published.at(-1)?.content, {
        reader: { door: 'Laboratory door', buildingId: 'hq', zoneId: 'hq-lab', direction: 'in', mode: 'locked-down' },
      });
      await goTo(page, office, 'site', 'Site');
      await page.getByRole('button', { name: 'Remove always' }).click();
      await page.getByRole('dialog', { name: 'The schedule always is in use' }).getByText('3 access levels').waitFor();
      await page.getByRole('button', { name: 'Close' }).click();
      await page.getByRole('button', { name: 'Remove weekend-crew' }).click();
      await page
        .getByRole('dialog')
        .getByText(/employees? ha/)
        .waitFor();
    },
  );

  await t.test('the hours of a schedule are painted, written and told in words', async (t) => {
    const page = await signedIn(t, office, browser, 'Samuel');
    await goTo(page, office, 'site', 'Site');
    await page.getByRole('button', { name: 'Add a schedule' }).click();
    const dialog = page.getByRole('dialog', { name: 'Add a schedule' });
    const said = (words: string) => dialog.getByRole('status').getByText(words, { exact: true }).waitFor();
    await said('Mon to Fri 08:00 to 18:00');
    await dialog.getByLabel('Schedule id').fill('cleaning');
    await dialog.getByRole('button', { name: 'Clear' }).click();
    await said('Never open');
    const cell = (name: string) => dialog.getByRole('gridcell', { name, exact: true });
    await cell('Monday 22:00').dragTo(cell('Friday 23:30'));
    await said('Mon to Fri 22:00 to 24:00');
    await cell('Tuesday 00:00').focus();
    await page.keyboard.press('Space');
    for (const key of ['ArrowRight', 'ArrowRight', 'ArrowDown', 'ArrowDown', 'ArrowDown', 'ArrowDown'])
      await page.keyboard.press(`Shift+${key}`);
    await said('Mon to Fri 22:00 to 24:00; Tue to Sat 00:00 to 01:30');
    await dialog.getByRole('button', { name: 'Join them' }).click();
    await said('Mon to Fri 22:00 to 01:30 the next day');
    const until = dialog.getByLabel('Until');
    await until.fill('1:10');
    await until.blur();
    await said('Mon to Fri 22:00 to 01:10 the next day');
    t.equal(await cell('Tuesday 01:00, for a part').count(), 1);
    await dialog.getByLabel('New date').fill('2026-12-25');
    await dialog.getByRole('button', { name: 'Add date' }).click();
    await said('Mon to Fri 22:00 to 01:10 the next day, not on 1 holiday');
    await until.fill('25:00');
    await dialog.getByLabel('Why').fill('The cleaners come at night');
    await dialog.getByRole('button', { name: 'Add schedule' }).click();
    await dialog.getByRole('alert').filter({ hasText: 'Hours 1: the last time must be 00:00 to 24:00' }).waitFor();
    await until.fill('01:10');
    await dialog.getByRole('button', { name: 'Add schedule' }).click();
    await settled(page, 'applied', 'Schedule cleaning');
    await page
      .getByRole('row', { name: /cleaning Mon to Fri 22:00 to 01:10 the next day, not on 1 holiday/ })
      .waitFor();
    t.match(events.published.at(-1)?.content, {
      schedule: { intervals: [{ days: [1, 2, 3, 4, 5], from: '22:00', until: '01:10' }], holidays: ['2026-12-25'] },
    });
  });

  await t.test('an older reading of the site does not replace a newer one', async (t) => {
    const page = await signedIn(t, office, browser, 'Samuel');
    const read = page.waitForResponse('**/v1/schedules');
    await goTo(page, office, 'site', 'Site');
    const before: unknown = await (await read).json();
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const hold = async (route: Route) => {
      await held;
      await route.fulfill({ headers: { 'access-control-allow-origin': '*' }, json: before });
    };
    await page.route('**/v1/schedules', hold, { times: 1 });
    const asked = page.waitForRequest('**/v1/schedules');
    await page.getByRole('button', { name: 'Edit cleaning' }).click();
    await confirm(page, 'Save', 'Nothing else');
    await asked;
    await page.getByRole('button', { name: 'Add a schedule' }).click();
    await page.getByRole('dialog').getByLabel('Schedule id').fill('late-shift');
    await confirm(page, 'Add schedule', 'A new shift');
    const row = page.getByRole('row', { name: /^late-shift/ });
    await row.waitFor();
    const rest = page.waitForResponse('**/v1/employees?*');
    release();
    await (await rest).finished();
    await page.evaluate('new Promise((drawn) => setTimeout(() => setTimeout(drawn)))');
    t.equal(await row.count(), 1);
  });

  await t.test('when two tabs edit one door, the second sees what the first changed', async (t) => {
    const [first, second] = [
      await signedIn(t, office, browser, 'Samuel'),
      await signedIn(t, office, browser, 'Anders'),
    ];
    for (const page of [first, second]) {
      await goTo(page, office, 'site/readers/hq-south-in-1', 'Reader hq-south-in-1');
      await page.getByRole('button', { name: 'Edit', exact: true }).click();
    }
    await first.getByLabel('Locked down').check();
    await confirm(first, 'Save', 'New signs');
    await settled(first, 'applied', 'Edit hq-south-in-1');
    const dialog = second.getByRole('dialog');
    await dialog.getByLabel('Door').fill('South gate');
    await dialog.getByLabel('Why').fill('New signs');
    await dialog.getByRole('button', { name: 'Save' }).click();
    const told = 'hq-south-in-1 changed after you read it: mode is now "locked-down". Send again to overwrite that';
    await dialog.getByRole('alert').filter({ hasText: told }).waitFor();
    await dialog.getByRole('button', { name: 'Save' }).click();
    await settled(second, 'applied', 'Edit hq-south-in-1');
    await second.getByRole('definition').getByText('South gate').waitFor();

    await goTo(second, office, 'site', 'Site');
    await second.getByRole('button', { name: 'Add door to Garage' }).first().click();
    await dialog.getByLabel('Name of the door').fill('Side door');
    const id = dialog.getByLabel('Id of the reader outside');
    t.equal(await id.inputValue(), 'hq-side-door-in');
    await id.fill('hq-south-in-1');
    await dialog.getByLabel('Why').fill('A new door');
    await dialog.getByRole('button', { name: 'Add door' }).click();
    await dialog.getByRole('alert').filter({ hasText: 'The reader hq-south-in-1 already exists.' }).waitFor();
    t.equal(await id.getAttribute('aria-invalid'), 'true');
  });

  await t.test('a reader’s key is shown once, then revoked', async (t) => {
    const page = await signedIn(t, office, browser, 'Samuel');
    await goTo(page, office, 'site/readers/hq-lab-in-1', 'Reader hq-lab-in-1');
    await page.getByRole('button', { name: 'Issue a new key' }).click();
    await page.getByLabel('Overlap (hours)').fill('0.5');
    await page.getByRole('dialog').getByLabel('Why').fill('The reader was replaced');
    await page.getByRole('button', { name: 'Issue key' }).click();
    const once = page.getByRole('dialog', { name: 'New key for hq-lab-in-1' });
    t.match(await once.getByLabel('Key', { exact: true }).textContent(), /^sgk_.{20,}/);
    await page.keyboard.press('Escape');
    t.ok(await once.isVisible(), 'Escape does not close it');
    await once.getByRole('button', { name: 'I have saved it' }).click();
    await settled(page, 'applied', 'New key for hq-lab-in-1');
    t.notMatch(await page.content(), /sgk_/);
    t.notMatch(JSON.stringify(events.published), /sgk_/, 'not in an event');
    await page.getByRole('button', { name: /^Revoke key-/ }).click();
    await confirm(page, 'Revoke', 'Its firmware is old');
    await settled(page, 'applied', /Revoke key-/);
  });

  await t.test('a file is previewed, then applied, and each line has a result', async (t) => {
    const page = await signedIn(t, office, browser, 'Hanna');
    await goTo(page, office, 'imports', 'Import');
    const file = {
      name: 'joiners.csv',
      mimeType: 'text/csv',
      buffer: Buffer.from('Personalnummer;Name;Abteilung\nemp-1;Ann M\xfcller;IT\nemp-2;;IT\n', 'latin1'),
    };
    await page.getByLabel('File', { exact: true }).setInputFiles(file);
    await page.getByLabel('Why').fill('New joiners');
    office.bucket.status = 403;
    await page.getByRole('button', { name: 'Preview' }).click();
    await page.getByRole('alert').filter({ hasText: 'The file was not accepted' }).waitFor();
    office.bucket.status = 204;
    await page.getByRole('button', { name: 'Preview' }).click();
    await page.getByRole('heading', { level: 2, name: 'Preview' }).waitFor();
    await page.getByText('Nothing has changed yet. 1 valid, 1 refused.').waitFor();
    const notes = page.getByRole('list', { name: 'Notes on the file' }).getByRole('listitem');
    t.match(await notes.allTextContents(), [/converted.*Ann Müller/, /Abteilung/]);
    await page.getByRole('region', { name: 'First lines' }).getByRole('row', { name: '2 emp-1 Ann Müller' }).waitFor();
    await page.getByRole('row', { name: /3 refused name is missing/ }).waitFor();
    t.match(office.bucket.uploads, [/emp-2;;IT\n/]);
    t.match(office.bucket.uploads[0], /name="Policy"[\s\S]*name="file"/, 'the signed fields first, the file last');
    t.match(page.url(), /#\/imports\?import=[0-9a-f-]{36}$/, 'the URL names the import');
    await page.getByRole('button', { name: 'Apply 1 line' }).click();
    await page.getByText('Applying the changes… 1 accepted, 1 refused.').waitFor();
    await page.getByRole('row', { name: '2 accepted' }).waitFor();
    const [saved] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Save as CSV' }).click(),
    ]);
    t.match(saved.suggestedFilename(), /^import-.*\.csv$/);
    office.bucket.problem = 'The header lacks employeeId.';
    await page.getByLabel('File', { exact: true }).setInputFiles(file);
    await page.getByLabel('Why').fill('New joiners');
    await page.getByRole('button', { name: 'Preview' }).click();
    await page.getByText(/The file was refused\..*The header lacks employeeId/).waitFor();
    t.equal(await page.getByRole('button', { name: /^Apply/ }).count(), 0, 'a refused file cannot be applied');
    await page.getByRole('button', { name: 'Discard' }).click();
    t.equal(await page.evaluate('document.activeElement.name'), 'file');
    t.match(page.url(), /#\/imports$/);
  });

  await t.test('settings and operators’ keys are changed by an admin', async (t) => {
    const page = await signedIn(t, office, browser, 'Anders');
    await goTo(page, office, 'settings', 'Settings');
    await page.setViewportSize({ width: 1200, height: 900 });
    const [menu, account] = await Promise.all([
      page.locator('nav').boundingBox(),
      page.locator('#account').boundingBox(),
    ]);
    t.ok(
      account && menu && account.y + account.height <= menu.y && menu.height < 60,
      'all pages in one line at 1200 px, below the user',
    );
    await page.getByRole('button', { name: 'Edit' }).click();
    await page.getByLabel('Name').fill('Demo and Sons');
    await page.getByLabel('The 26-bit number').check();
    await confirm(page, 'Save', 'New owners');
    await settled(page, 'applied', 'Edit the settings');
    await page.getByRole('definition').getByText('Demo and Sons').waitFor();
    t.match(events.published.at(-1)?.content, { tenant: { name: 'Demo and Sons', cardNumbers: 'wiegand-26' } });
    await page.getByRole('button', { name: 'Issue a key' }).click();
    await page.getByLabel('Used by').fill('North desk');
    await page.getByRole('dialog').getByLabel('Why').fill('A new desk');
    await page.getByRole('button', { name: 'Issue key' }).click();
    const once = page.getByRole('dialog', { name: 'New key for North desk' });
    t.match(await once.getByLabel('Key', { exact: true }).textContent(), /^sgk_.{20,}/);
    await once.getByRole('button', { name: 'I have saved it' }).click();
    await settled(page, 'applied', 'New key for North desk');
    await page.getByRole('button', { name: 'Revoke the key of North desk' }).click();
    await confirm(page, 'Revoke', 'The desk is closed');
    await settled(page, 'applied', 'Revoke the key of North desk');
    await page.getByRole('row', { name: /North desk/ }).waitFor({ state: 'detached' });
  });

  await t.test('changes of the tenant and of one card', async (t) => {
    const page = await signedIn(t, office, browser, 'Aylin');
    await goTo(page, office, 'changes', 'Changes');
    await page.getByRole('row', { name: /link card-77777 to emp-90000/ }).waitFor();
    await page.getByRole('row', { name: /set reader hq-lab-in-1/ }).waitFor();
    await page.getByLabel('Filter by card id').fill('card-77777');
    await page.keyboard.press('Enter');
    await page.getByText('3 changes.').waitFor();
    t.match(await page.getByRole('row').allTextContents(), [/When/, /reactivate/, /lost/, /link/]);
    t.match(page.url(), /#\/changes\?cardId=card-77777$/);
  });
}

t.test('changed in a browser', async (t) => {
  const browser = await launchChromium();
  if (browser === undefined) t.pass('changed in a browser', { skip: NO_CHROMIUM });
  else await inBrowser(t, browser);
});
