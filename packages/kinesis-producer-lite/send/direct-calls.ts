import type { KinesisClient, PutRecordsOutput } from '@aws-sdk/client-kinesis';

type HttpRequest = Parameters<KinesisClient['config']['requestHandler']['handle']>[0];
type HttpResponse = Awaited<ReturnType<KinesisClient['config']['requestHandler']['handle']>>['response'];
type Signer = Awaited<ReturnType<KinesisClient['config']['signer']>>;

/** What Kinesis answered to a call that it did not take. The name is its code, as with the SDK's own errors. */
class KinesisError extends Error {
  readonly $metadata: { httpStatusCode: number };

  constructor(httpStatusCode: number, code: string, message: string) {
    super(message);
    this.name = code;
    this.$metadata = { httpStatusCode };
  }
}

/**
 * PutRecords calls past the SDK's middleware, which takes a millisecond of CPU time a call, whatever the call carries. One call
 * goes through the SDK; those after it have the same endpoint and headers, are signed by the SDK's signer with its credentials
 * and its idea of the time, and sent over its connections. After a failure it is the SDK's turn again: it knows what to do
 * about a clock that is wrong, or an endpoint.
 */
export class DirectCalls {
  readonly #client: KinesisClient;
  #example: HttpRequest | undefined;
  #signer: Signer | undefined;

  constructor(client: KinesisClient) {
    this.#client = client;
    client.middlewareStack.add(
      (next, { commandName }) =>
        async (args) => {
          const { request } = args;
          const example =
            commandName === 'PutRecordsCommand' && isHttpRequest(request) ? withoutBody(request) : undefined;
          const output = await next(args);
          this.#example = example ?? this.#example;
          return output;
        },
      // After all that makes headers, and before those are added that are of one attempt.
      { step: 'build', priority: 'low', name: 'directCallsExample' },
    );
  }

  /** Whether the next call need not go through the SDK. */
  get ready(): boolean {
    return this.#example !== undefined;
  }

  /** @throws an error with the name of what Kinesis answered, or that of the SDK's signer or HTTP handler */
  async send(body: Buffer, abortSignal: AbortSignal): Promise<PutRecordsOutput> {
    try {
      return await this.#send(body, abortSignal);
    } catch (error) {
      this.#example = undefined;
      this.#signer = undefined;
      throw error;
    }
  }

  async #send(body: Buffer, abortSignal: AbortSignal): Promise<PutRecordsOutput> {
    const example = this.#example;
    if (example === undefined) throw new TypeError('No call has gone through the SDK yet');
    const { config } = this.#client;
    this.#signer ??= await config.signer();
    const request = { ...example, headers: { ...example.headers, 'content-length': String(body.length) }, body };
    const signingDate = new Date(Date.now() + config.systemClockOffset);
    const signed = await this.#signer.sign(request, { signingDate });
    const { response } = await config.requestHandler.handle(signed, { abortSignal });
    const answer = Buffer.from(await config.streamCollector(response.body)).toString();
    if (response.statusCode !== 200) throw errorIn(response, answer);
    return JSON.parse(answer);
  }
}

/** The error in an answer, as the AWS JSON 1.1 protocol has it (Smithy, "Operation error serialization"). */
function errorIn({ statusCode, headers }: HttpResponse, answer: string): KinesisError {
  const fault = objectIn(answer);
  const code = headers['x-amzn-errortype'] ?? fault['__type'] ?? fault['code'] ?? 'Error';
  const message = fault['message'] ?? fault['Message'] ?? `HTTP status ${statusCode}`;
  // A namespace may stand before the name, and a link behind it.
  return new KinesisError(statusCode, String(code).replace(/^.*#/, '').replace(/:.*$/, ''), String(message));
}

/** What stands in the way, a load balancer say, need not answer in JSON. */
function objectIn(json: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

/** A copy, as nothing else will change. */
function withoutBody(request: HttpRequest): HttpRequest {
  const headers = { ...request.headers };
  // That of one invocation, where there is one.
  delete headers['X-Amzn-Trace-Id'];
  return { ...request, headers, body: undefined };
}

function isHttpRequest(request: unknown): request is HttpRequest {
  return typeof request === 'object' && request !== null && 'hostname' in request && 'headers' in request;
}
