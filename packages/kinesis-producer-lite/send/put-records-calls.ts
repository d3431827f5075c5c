import { type KinesisClient, PutRecordsCommand, type PutRecordsOutput } from '@aws-sdk/client-kinesis';

type HttpRequest = Parameters<KinesisClient['config']['requestHandler']['handle']>[0];
type HttpResponse = Awaited<ReturnType<KinesisClient['config']['requestHandler']['handle']>>['response'];
type Signer = Awaited<ReturnType<KinesisClient['config']['signer']>>;

/** Error response of Kinesis. Its name is the error code, as in the SDK's own errors. */
class KinesisError extends Error {
  readonly $metadata: { httpStatusCode: number };

  constructor(httpStatusCode: number, code: string, message: string) {
    super(message);
    this.name = code;
    this.$metadata = { httpStatusCode };
  }
}

/**
 * Sends PutRecords calls with a body made by the caller. The first call goes through the SDK. Later calls bypass its
 * middleware, which costs about 1 ms of CPU time per call, whatever the size. They reuse the SDK's endpoint, headers,
 * signer, credentials, clock offset and connections. After a failure the next call goes through the SDK again, which
 * corrects clock skew and endpoints.
 */
export class PutRecordsCalls {
  readonly #client: KinesisClient;
  /** Body of each command sent through the SDK, by its input. */
  readonly #bodies = new WeakMap<object, Buffer>();
  /** Request of an earlier call through the SDK, without its body. */
  #example: HttpRequest | undefined;
  #signer: Signer | undefined;

  constructor(client: KinesisClient) {
    this.#client = client;
    client.middlewareStack.add(
      (next) => (args) => {
        const body = this.#bodies.get(args.input);
        if (body !== undefined && isHttpRequest(args.request)) args.request.body = body;
        return next(args);
      },
      // Before the SDK computes the content length and signs the body.
      { step: 'build', priority: 'high', name: 'putRecordsBody' },
    );
    client.middlewareStack.add(
      (next) => async (args) => {
        const { input, request } = args;
        const example = this.#bodies.has(input) && isHttpRequest(request) ? withoutBody(request) : undefined;
        const output = await next(args);
        this.#example = example ?? this.#example;
        return output;
      },
      // After the middleware that adds common headers, before that which adds headers for one attempt.
      { step: 'build', priority: 'low', name: 'putRecordsExample' },
    );
  }

  /** Whether the next call bypasses the SDK. */
  get bypassesSdk(): boolean {
    return this.#example !== undefined;
  }

  /** @throws an error named after Kinesis' error code, or an error of the SDK, its signer or HTTP handler */
  async send(streamName: string, body: Buffer, abortSignal: AbortSignal): Promise<PutRecordsOutput> {
    if (this.#example === undefined) return this.#sendThroughSdk(streamName, body, abortSignal);
    try {
      return await this.#sendDirectly(this.#example, body, abortSignal);
    } catch (error) {
      this.#example = undefined;
      this.#signer = undefined;
      throw error;
    }
  }

  #sendThroughSdk(streamName: string, body: Buffer, abortSignal: AbortSignal): Promise<PutRecordsOutput> {
    const command = new PutRecordsCommand({ StreamName: streamName, Records: [] });
    this.#bodies.set(command.input, body);
    return this.#client.send(command, { abortSignal });
  }

  async #sendDirectly(example: HttpRequest, body: Buffer, abortSignal: AbortSignal): Promise<PutRecordsOutput> {
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

/** Reads the error of an AWS JSON 1.1 response (Smithy, "Operation error serialization"). */
function errorIn({ statusCode, headers }: HttpResponse, answer: string): KinesisError {
  const fault = objectIn(answer);
  const code = headers['x-amzn-errortype'] ?? fault['__type'] ?? fault['code'] ?? 'Error';
  const message = fault['message'] ?? fault['Message'] ?? `HTTP status ${statusCode}`;
  // The name may have a namespace before it and a link after it.
  return new KinesisError(statusCode, String(code).replace(/^.*#/, '').replace(/:.*$/, ''), String(message));
}

/** Empty if the text is not JSON: a load balancer in between may answer otherwise. */
function objectIn(json: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

function withoutBody(request: HttpRequest): HttpRequest {
  const headers = { ...request.headers };
  // Belongs to a single Lambda invocation.
  delete headers['X-Amzn-Trace-Id'];
  return { ...request, headers, body: undefined };
}

function isHttpRequest(request: unknown): request is HttpRequest {
  return typeof request === 'object' && request !== null && 'hostname' in request && 'headers' in request;
}
