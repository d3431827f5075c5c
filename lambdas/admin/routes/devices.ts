import { compile, Device, DeviceContact, DeviceId, EntryVersion, KeyId, Why } from '@swipegate/contract';
import { databaseAnswer } from '@swipegate/http/database-answer';
import { networksIn } from '@swipegate/http/networks';
import { badParameter, unknownId } from '@swipegate/http/problem-details';
import { userOf } from '@swipegate/http/sign-in/authenticate';
import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import { StoredDevice } from '../../change-apply/rules/facts.js';
import { versionOf } from '../../stores/changes/entries.js';
import { deviceContacts, unpairedDevices } from '../directory/device-contacts.js';
import { readSiteRow, readSiteRows } from '../directory/site-rows.js';
import { type AdminRouteOptions, changeRoute, readResponses, SECURITY, WhyQuery } from './admin-routes.js';
import { issueKeyRoute } from './issue-key.js';
import { IssueKeyBody, overlapEnd, ReaderKeyList } from './reader-keys.js';
import { refuseUnknownTimeZone } from './site.js';

export const DeviceList = Type.Object(
  {
    items: Type.Array(
      Type.Object({
        ...Device.properties,
        ...Type.Partial(DeviceContact).properties,
        version: EntryVersion,
        keys: ReaderKeyList.properties.items,
      }),
    ),
  },
  {
    $id: 'DeviceList',
    description: 'Devices as they are sold, with the names of their keys, and what each told when it called last',
  },
);

const Params = Type.Object({ deviceId: DeviceId });
type Params = Type.Static<typeof Params>;
const KeyParams = Type.Object({ deviceId: DeviceId, keyId: KeyId });
type KeyParams = Type.Static<typeof KeyParams>;
const { deviceId: _, ...members } = Device.properties;
const Body = Type.Object({ ...members, why: Why }, { additionalProperties: false });
type Body = Type.Static<typeof Body>;

const isDevice = compile(StoredDevice);

/** Routes of the devices that speak a protocol of their own, and of the keys in their URLs. */
export function deviceRoutes(app: FastifyInstance, { dynamodb, tables, changes }: AdminRouteOptions): void {
  app.get(
    '/v1/devices',
    {
      config: { action: 'site.read' },
      schema: {
        summary: 'List devices',
        description: 'All of them in one answer, without pages.',
        tags: ['devices'],
        security: SECURITY,
        response: readResponses('The complete list', 'DeviceList', 401, 403, 503),
      },
    },
    async (request) => {
      const { tenantId } = userOf(request);
      const lookup = Promise.all([
        readSiteRows(dynamodb, tables.TABLE_SITE, tenantId, 'devices'),
        deviceContacts(dynamodb, tables.TABLE_READER_CONTACTS, tenantId),
      ]);
      const [rows, contacts]: [unknown[], Map<string, DeviceContact>] = await databaseAnswer(request, lookup);
      const items = rows
        .filter((row) => isDevice(row))
        .map((row) => ({
          ...{ deviceId: row.deviceId, make: row.make, serial: row.serial, doors: row.doors, timeZone: row.timeZone },
          ...(row.networks === undefined ? {} : { networks: row.networks }),
          ...contacts.get(row.deviceId),
          version: versionOf('devices', row),
          keys: row.keys.map(({ keyHash, ...key }) => key),
        }));
      return { items };
    },
  );

  app.get(
    '/v1/devices/unpaired',
    {
      config: { action: 'site.read' },
      schema: {
        summary: 'List devices that want to pair',
        description:
          'Devices that called the device port in the last 24 hours with a serial number that is not registered, and were ' +
          'refused. Only makes that name themselves by a serial number: ZKTeco. Create a device with the make and the ' +
          'serial number to pair one.',
        tags: ['devices'],
        security: SECURITY,
        response: readResponses('At most 50 of each make', 'UnpairedDeviceList', 401, 403, 503),
      },
    },
    async (request) => {
      const { tenantId } = userOf(request);
      return { items: await databaseAnswer(request, unpairedDevices(dynamodb, tables, tenantId, Date.now())) };
    },
  );

  changeRoute<Params, Body>(app, changes, {
    method: 'PUT',
    url: '/v1/devices/:deviceId',
    action: 'site.write',
    isReplacing: true,
    schema: {
      summary: 'Create or replace a device',
      description: 'With If-None-Match: * it creates, with If-Match it replaces every member. Its keys stay.',
      tags: ['devices'],
      params: Params,
      body: Body,
    },
    contentOf: ({ params, body: { why: _, ...device } }) => {
      const { make, serial, timeZone, networks = [] } = device;
      refuseUnknownTimeZone(timeZone);
      if (make === 'zkteco' && serial === undefined) {
        throw badParameter('serial', 'is missing: a ZKTeco device is known by its serial number, which its menu shows');
      }
      const wrong = networks.findIndex((entry) => networksIn([entry]) === undefined);
      if (wrong !== -1)
        throw badParameter(`networks.${wrong}`, 'must be an address or a CIDR block, such as 10.1.0.0/16');
      return { type: 'set-device', device: { ...params, ...device } };
    },
  });

  changeRoute<Params, undefined>(app, changes, {
    method: 'DELETE',
    url: '/v1/devices/:deviceId',
    action: 'site.write',
    schema: {
      summary: 'Remove a device',
      description: 'Its keys end with it. Its readers stay.',
      tags: ['devices'],
      params: Params,
      querystring: WhyQuery,
    },
    contentOf: ({ params }) => ({ type: 'remove-device', ...params }),
  });

  issueKeyRoute<Params, IssueKeyBody>(app, changes, {
    url: '/v1/devices/:deviceId/keys',
    action: 'keys.write',
    schema: { summary: 'Issue a new key for a device’s URL', tags: ['devices'], params: Params, body: IssueKeyBody },
    answer: 'ReaderKeyIssued',
    contentOf: async (request, key) => {
      const { deviceId } = request.params;
      const lookup = readSiteRow(dynamodb, tables.TABLE_SITE, userOf(request).tenantId, 'devices', deviceId);
      const device = await databaseAnswer(request, lookup);
      if (device?.['deviceId'] === undefined) throw unknownId('device', deviceId);
      return { type: 'issue-device-key', deviceId, ...key, overlapUntil: overlapEnd(request.body.overlapHours) };
    },
  });

  changeRoute<KeyParams, undefined>(app, changes, {
    method: 'DELETE',
    url: '/v1/devices/:deviceId/keys/:keyId',
    action: 'keys.write',
    schema: {
      summary: 'Revoke a device’s key',
      description: 'Its other keys stay. Gateways may accept it until their cached lookup expires (API_KEY_CACHE_MS).',
      tags: ['devices'],
      params: KeyParams,
      querystring: WhyQuery,
    },
    contentOf: ({ params }) => ({ type: 'revoke-device-key', ...params }),
  });
}
