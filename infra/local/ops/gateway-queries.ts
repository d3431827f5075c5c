export type GatewayQuery = 'denials' | 'silent-readers';

const PATHS: Readonly<Record<GatewayQuery, string>> = {
  denials: '/v1/denials?limit=50',
  'silent-readers': '/v1/readers/silent?minutes=60&limit=50',
};
const ANSWER_MS = 5_000;

export class GatewaySilentError extends Error {
  override readonly name = 'GatewaySilentError';
  readonly code = 'GATEWAY_SILENT';
}

/**
 * Queries a gateway endpoint that needs the operator's key, which never leaves this process. Resolves with the JSON text.
 * @throws {GatewaySilentError} when the gateway does not answer or answers with an error
 */
export async function queryGateway(query: GatewayQuery, gatewayUrl: string, operatorKey: string): Promise<string> {
  let answer: Response;
  try {
    answer = await fetch(`${gatewayUrl}${PATHS[query]}`, {
      headers: { authorization: `Bearer ${operatorKey}` },
      signal: AbortSignal.timeout(ANSWER_MS),
    });
  } catch (error) {
    throw new GatewaySilentError(`The gateway does not answer. See its log.`, { cause: error });
  }
  if (!answer.ok) throw new GatewaySilentError(`The gateway answered ${answer.status}. See its log.`);
  return answer.text();
}
