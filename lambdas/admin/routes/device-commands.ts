import {
  commandAt,
  compile,
  DeviceCommand,
  DeviceCommandName,
  DeviceDoor,
  DeviceId,
  tenantKey,
  Why,
} from '@swipegate/contract';
import { databaseAnswer } from '@swipegate/http/database-answer';
import { badParameter, unknownId } from '@swipegate/http/problem-details';
import { queryAll } from '@swipegate/http/query-rows';
import { userOf } from '@swipegate/http/sign-in/authenticate';
import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import { StoredDevice } from '../../change-apply/rules/facts.js';
import { commandFault } from '../../stores/device-commands.js';
import { readSiteRow } from '../directory/site-rows.js';
import { type AdminRouteOptions, changeRoute, readResponses, SECURITY } from './admin-routes.js';

const MOST_LISTED = 50;

export const DeviceCommandList = Type.Object(
  { items: Type.Array(DeviceCommand, { description: `Newest first, at most ${MOST_LISTED}` }) },
  { $id: 'DeviceCommandList', description: 'Commands to a device of the last 30 days' },
);

const Params = Type.Object({ deviceId: DeviceId });
type Params = Type.Static<typeof Params>;
const Body = Type.Object(
  {
    command: DeviceCommandName,
    door: Type.Optional({
      ...DeviceDoor.properties.door,
      description: 'Number of the door, as the device counts. Absent: its only door, or the device for set-clock',
    }),
    why: Why,
  },
  { additionalProperties: false },
);
type Body = Type.Static<typeof Body>;

const isDevice = compile(StoredDevice);
const isCommand = compile(DeviceCommand);

/** Routes of commands to devices. A command is a change: the list of changes has who and why. */
export function deviceCommandRoutes(app: FastifyInstance, { dynamodb, tables, changes }: AdminRouteOptions): void {
  changeRoute<Params, Body>(app, changes, {
    method: 'POST',
    url: '/v1/devices/:deviceId/commands',
    action: 'doors.command',
    schema: {
      summary: 'Send a command to a device',
      description:
        'The device gets it when it asks, usually within seconds. An open expires after a minute, set-clock after a day, ' +
        'the others after 10 minutes. The changeId is the commandId: GET tells what came of it.',
      tags: ['devices'],
      params: Params,
      body: Body,
    },
    contentOf: async (request) => {
      const { deviceId } = request.params;
      const { command, door: asked } = request.body;
      const lookup = readSiteRow(dynamodb, tables.TABLE_SITE, userOf(request).tenantId, 'devices', deviceId);
      const device: unknown = await databaseAnswer(request, lookup);
      if (!isDevice(device)) throw unknownId('device', deviceId);
      const only = command === 'set-clock' || device.doors.length > 1 ? undefined : device.doors[0]?.door;
      const door = asked ?? only;
      const content = { type: 'command-device', deviceId, command, ...(door === undefined ? {} : { door }) } as const;
      const fault = commandFault(content, device);
      if (fault !== undefined) throw badParameter(fault.field, fault.reason);
      return content;
    },
  });

  app.get<{ Params: Params }>(
    '/v1/devices/:deviceId/commands',
    {
      config: { action: 'site.read' },
      schema: {
        summary: 'List the commands to a device',
        description: 'With their states, as they are now.',
        tags: ['devices'],
        security: SECURITY,
        params: Params,
        response: readResponses('The latest commands', 'DeviceCommandList', 400, 401, 403, 503),
      },
    },
    async (request, reply) => {
      const deviceKey = tenantKey(userOf(request).tenantId, request.params.deviceId);
      const lookup = queryAll(dynamodb, { tableName: tables.TABLE_DEVICE_COMMANDS, key: ['deviceKey', deviceKey] });
      const rows: unknown[] = await databaseAnswer(request, lookup);
      const nowMs = Date.now();
      const items = rows
        .filter((row) => isCommand(row))
        .map((row) => commandAt(row, nowMs))
        .sort((a, b) => (a.at < b.at ? 1 : -1))
        .slice(0, MOST_LISTED);
      reply.header('cache-control', 'no-store');
      return { items };
    },
  );
}
