import type { KeyRole } from '@swipegate/contract';
import type { TokenVerifier } from '@swipegate/http/sign-in/token-verifier';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import { ApiKeyCache } from '../auth/api-key-directory.js';
import type { ApiKeyDirectory } from '../auth/api-key-table.js';
import { type KeyCheck, type KeyHashOf, keyAuthentication, keyCheck } from '../auth/authenticate.js';
import { RefusalPace } from '../auth/refusal-pace.js';
import { Users } from '../auth/users.js';
import type { Config } from '../config/config.js';
import { Load } from '../intake/load-shedding.js';
import { countHttp, type GatewayMetrics } from '../metrics/gateway-metrics.js';

/** Requests that wait for the look-up of a key that is not listed, and refusals that are held back: at most this many. */
const [MAX_WAITING_KEYS, WAITING_SHARE] = [2_048, 0.25];

/** Decides who may come in, and how much at a time. All ports of a gateway share one: its limits, keys and counts. */
export class Admission {
  readonly load: Load;
  readonly isKeyValid: KeyCheck;
  /** Counts the answers and connections of a server. */
  readonly count: (app: FastifyInstance) => void;
  readonly #keys: ApiKeyCache;
  readonly #pace: RefusalPace;
  readonly #users: Users | undefined;

  /** @param verify reads the access tokens of users; undefined: operators have keys only */
  constructor(config: Config, apiKeys: ApiKeyDirectory, metrics: GatewayMetrics, verify?: TokenVerifier) {
    this.load = new Load({
      maxRequests: config.MAX_IN_FLIGHT_REQUESTS,
      maxBytes: config.MAX_IN_FLIGHT_BYTES,
      bodyLimit: config.BODY_LIMIT_BYTES,
      maxRequestsPerSecond: config.RATE_LIMIT_PER_SECOND,
    });
    const maxWaiting = Math.ceil(Math.min(MAX_WAITING_KEYS, config.MAX_IN_FLIGHT_REQUESTS * WAITING_SHARE));
    this.#keys = new ApiKeyCache(apiKeys, {
      maxEntries: config.API_KEY_CACHE_ENTRIES,
      maxAgeMs: config.API_KEY_CACHE_MS,
      maxWaiting,
    });
    this.#pace = new RefusalPace(maxWaiting);
    this.#users = verify && new Users(verify, (tenantId) => this.#keys.tenant(tenantId));
    this.isKeyValid = keyCheck(this.#keys);
    this.count = countHttp(metrics, config.MAX_CONNECTIONS);
  }

  /** Lists the keys that exist, now and every hour. Never rejects. */
  keepListed(logger: FastifyBaseLogger): Promise<void> {
    return this.#keys.keepListed(logger);
  }

  stop(): void {
    this.#keys.stop();
    this.#pace.close();
  }

  /** Adds load shedding and the check of API keys to the routes of `api`. @param keyHashOf default: Authorization: Bearer */
  guard(api: FastifyInstance, role: KeyRole, keyHashOf?: KeyHashOf): void {
    const users = role === 'operator' ? this.#users : undefined;
    const options = { role, pace: this.#pace, users, ...(keyHashOf && { keyHashOf }) };
    this.load.shed(api, keyAuthentication(api, this.#keys, options));
  }
}
