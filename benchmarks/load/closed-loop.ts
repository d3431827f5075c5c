import autocannon from 'autocannon';

/** One turn of a closed loop: each connection sends its next request when the last one is answered. */
export interface Turn {
  requests: number;
  /** Time from the first request to the last answer, s. */
  seconds: number;
  /** Answers by HTTP status. */
  statuses: Map<number, number>;
}

export interface ClosedLoop {
  url: string;
  connections: number;
  /** Prepared before the clock starts, so that the generator costs little. */
  requests: readonly autocannon.Request[];
}

/** Sends every request once through autocannon. Rejects if one gets no answer. */
export async function closedLoop({ url, connections, requests }: ClosedLoop): Promise<Turn> {
  const perClient = Math.floor(requests.length / connections);
  const statuses = new Map<number, number>();
  let startedAt = 0;
  let endedAt = 0;
  let client = 0;
  const result = await new Promise<autocannon.Result>((resolve, reject) => {
    const instance = autocannon(
      {
        url,
        connections,
        amount: perClient * connections,
        timeout: 30,
        sampleInt: 50,
        setupClient(each) {
          const own = requests.slice(client * perClient, (client + 1) * perClient);
          client += 1;
          each.setRequests(own);
          // autocannon has encoded it by now: keeping the bodies would double the memory.
          for (const request of own) request.body = undefined;
        },
      },
      (error: unknown, outcome) => (error ? reject(error) : resolve(outcome)),
    );
    instance.on('start', () => {
      startedAt = performance.now();
    });
    instance.on('response', (_client, status) => {
      endedAt = performance.now();
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    });
  });
  if (result.errors > 0 || result.timeouts > 0) {
    throw new Error(`${result.errors} requests failed and ${result.timeouts} timed out`);
  }
  return { requests: perClient * connections, seconds: (endedAt - startedAt) / 1_000, statuses };
}
