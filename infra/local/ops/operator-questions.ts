export type Question = 'denials' | 'silent-readers';

const PATHS: Readonly<Record<Question, string>> = {
  denials: '/v1/denials?limit=50',
  'silent-readers': '/v1/readers/silent?minutes=60&limit=50',
};
const ANSWER_MS = 5_000;

export class GatewaySilentError extends Error {
  override readonly name = 'GatewaySilentError';
  readonly code = 'GATEWAY_SILENT';
}

/**
 * Asks the gateway what only an operator may ask; the key stays in this process. Resolves with its JSON.
 * @throws {GatewaySilentError} when it does not answer, or not as it should
 */
export async function askGateway(question: Question, gatewayUrl: string, operatorKey: string): Promise<string> {
  let answer: Response;
  try {
    answer = await fetch(`${gatewayUrl}${PATHS[question]}`, {
      headers: { authorization: `Bearer ${operatorKey}` },
      signal: AbortSignal.timeout(ANSWER_MS),
    });
  } catch (error) {
    throw new GatewaySilentError(`The gateway does not answer: see its log.`, { cause: error });
  }
  if (!answer.ok) throw new GatewaySilentError(`The gateway answers ${answer.status}: see its log.`);
  return answer.text();
}
