import { ChangeId, DeviceCommand } from '@swipegate/contract';
import { databaseAnswer } from '@swipegate/http/database-answer';
import { problemResponses, unknownId } from '@swipegate/http/problem-details';
import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import type { CommandOutbox } from '../devices/commands.js';
import { useJsonBody } from '../intake/parse-body.js';
import { preferenceApplied, preferredWaitMs } from '../intake/prefer.js';

export const DeviceCommandList = Type.Object(
  { items: Type.Array(DeviceCommand, { description: 'Oldest first. Nobody gets them again' }) },
  { $id: 'DeviceCommandList', description: 'Commands that a device must carry out now' },
);

const Params = Type.Object({ commandId: ChangeId });
const Result = Type.Object(
  { ok: Type.Boolean(), detail: Type.Optional(Type.String({ maxLength: 500, description: 'What the device says' })) },
  { additionalProperties: false },
);

const tags = ['devices'];
const security = [{ readerKey: [] }];

/** Commands for programs that speak with devices which the gateway cannot reach. They use the key of the device. */
export function deviceCommandRoutes(
  app: FastifyInstance,
  { outbox, maxWaitMs }: { outbox: CommandOutbox; maxWaitMs: number },
): void {
  useJsonBody(app);
  app.addHook('preClose', async () => outbox.close());

  app.get(
    '/v1/devices/commands',
    {
      schema: {
        summary: 'Take the commands for a device',
        description:
          'With Prefer: wait=N, the answer waits up to N seconds for a command. A command is given once: carry it out before its `expiresAt`, and tell the result.',
        tags,
        security,
        response: {
          200: { description: 'The commands', $ref: 'DeviceCommandList#' },
          ...problemResponses(400, 401, 403, 429, 503),
        },
      },
    },
    async (request, reply) => {
      const waitMs = preferredWaitMs(request.headers['prefer'], maxWaitMs);
      const items = await databaseAnswer(request, outbox.next(request, waitMs));
      preferenceApplied(reply, waitMs);
      return reply.header('cache-control', 'no-store').send({ items });
    },
  );

  app.post<{ Params: Type.Static<typeof Params>; Body: Type.Static<typeof Result> }>(
    '/v1/devices/commands/:commandId',
    {
      schema: {
        summary: 'Tell the result of a command',
        description: 'A device without a result within 2 minutes counts as failed; a later result corrects that.',
        tags,
        security,
        params: Params,
        body: Result,
        response: { 204: { description: 'Noted', type: 'null' }, ...problemResponses(400, 401, 403, 404, 429, 503) },
      },
    },
    async (request, reply) => {
      const { commandId } = request.params;
      const noted = outbox.report(request, request.body, (command) => command.commandId === commandId);
      if (!(await databaseAnswer(request, noted))) throw unknownId('command', commandId);
      return reply.code(204).send();
    },
  );
}
