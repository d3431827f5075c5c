import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Decision, Site, Swipe } from '@swipegate/contract';
import { Oracle } from '../verify/oracle.js';
import { DecisionsTable } from './decisions-table.js';

/** Fault in the handling of a swipe. */
export type Fault =
  | 'lose'
  | 'decide wrongly'
  | 'tell something else'
  | 'decide twice'
  | 'refuse'
  | 'shed once'
  | 'reset once';

/** A gateway that decides at once, without a stream, and injects faults into chosen swipes. */
export class FaultyGateway {
  readonly #site: Site;
  readonly table = new DecisionsTable();
  readonly #oracle: Oracle;
  readonly #faultOf: (n: number, isFirst: boolean) => Fault | undefined;
  readonly #cardIds = new Set<string>();
  readonly #decisions = new Map<string, Decision>();
  readonly #streams = new Map<string, ServerResponse>();
  readonly #hit = new Set<string>();
  readonly #server = createServer((request, response) => void this.#answer(request, response));
  #count = 0;
  readonly injected: Fault[] = [];

  private constructor(site: Site, faultOf: (n: number, isFirst: boolean) => Fault | undefined) {
    this.#site = site;
    this.#oracle = new Oracle(site);
    this.#faultOf = faultOf;
  }

  /** @param faultOf fault of the n-th swipe, from 1; `isFirst` if it is the first of its card */
  static async start(site: Site, faultOf: (n: number, isFirst: boolean) => Fault | undefined): Promise<FaultyGateway> {
    const gateway = new FaultyGateway(site, faultOf);
    gateway.#server.listen(0, '127.0.0.1');
    await once(gateway.#server, 'listening');
    return gateway;
  }

  get url(): URL {
    const address = this.#server.address();
    if (typeof address !== 'object' || address === null) throw new Error('not listening');
    return new URL(`http://127.0.0.1:${address.port}`);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const readerId = /^\/v1\/readers\/(.+)\/decisions$/.exec(request.url ?? '')?.[1];
    if (readerId !== undefined) {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(': hello\n\n');
      this.#streams.set(readerId, response);
      return;
    }
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const swipe: Swipe = JSON.parse(text);
    const isNew = !this.#decisions.has(swipe.swipeId) && !this.#hit.has(swipe.swipeId);
    const fault = isNew ? this.#next(!this.#cardIds.has(swipe.cardId)) : undefined;
    this.#cardIds.add(swipe.cardId);
    this.#hit.add(swipe.swipeId);
    if (fault === 'reset once') return void request.socket.destroy();
    if (fault === 'shed once') return reply(response, 503, { code: 'overloaded', detail: 'busy' });
    if (fault === 'refuse') return reply(response, 400, { code: 'swipe-invalid', detail: 'no' });
    const waits = request.headers['prefer'] !== undefined;
    this.#decide(swipe, fault, waits, response);
  }

  #next(isFirst: boolean): Fault | undefined {
    this.#count += 1;
    const fault = this.#faultOf(this.#count, isFirst);
    if (fault !== undefined) this.injected.push(fault);
    return fault;
  }

  #decide(swipe: Swipe, fault: Fault | undefined, waits: boolean, response: ServerResponse): void {
    const decision = this.#decisions.get(swipe.swipeId) ?? this.#decisionOf(swipe, fault);
    this.#decisions.set(swipe.swipeId, decision);
    const accepted = { swipeId: swipe.swipeId, receivedAt: decision.receivedAt, decision: '/' };
    if (fault === 'lose') {
      reply(response, 202, accepted);
      return;
    }
    this.table.put(decision);
    const told = fault === 'tell something else' ? { ...decision, employeeId: 'somebody-else' } : decision;
    this.#tell(told);
    if (fault === 'decide twice') this.#tell({ ...decision, decidedAt: new Date(0).toISOString() });
    if (waits) reply(response, 200, told);
    else reply(response, 202, accepted);
  }

  #decisionOf(swipe: Swipe, fault: Fault | undefined): Decision {
    const expected = this.#oracle.expect(swipe);
    const now = new Date().toISOString();
    return {
      ...expected,
      ...(fault === 'decide wrongly' ? opposite(expected.outcome) : {}),
      swipeId: swipe.swipeId,
      tenantId: this.#site.tenantId,
      readerId: swipe.readerId,
      cardId: swipe.cardId,
      readAt: swipe.readAt,
      receivedAt: now,
      decidedAt: now,
      timeBasis: 'readAt',
      sequence: String(this.#decisions.size + 1).padStart(56, '0'),
    };
  }

  #tell(decision: Decision): void {
    this.#streams.get(decision.readerId)?.write(`event: decision\ndata: ${JSON.stringify(decision)}\n\n`);
  }
}

/** Returns a wrong decision for any right one. */
function opposite(outcome: Decision['outcome']): Pick<Decision, 'outcome' | 'reason'> {
  return outcome === 'granted'
    ? { outcome: 'denied', reason: 'denied-lockout' }
    : { outcome: 'granted', reason: 'granted' };
}

function reply(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
