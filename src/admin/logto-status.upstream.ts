import { Inject, Injectable } from '@nestjs/common';
import { request } from 'undici';
import { ADDRESSES, type Addresses } from '../config/addresses.js';
import { UpstreamFault } from '../core/faults.js';

/** Public: 204 without a body, or 500 when Logto's database is down. */
const STATUS = '/api/status';
/** Orchestrators' probes time out after about a second, so a later reply would be useless. */
const TIMEOUT_MS = 800;

/**
 * Checks Logto's status outside the pipeline and over a new connection: it must neither queue behind stuck requests nor be
 * answered by the cache or the circuit breaker.
 */
@Injectable()
export class LogtoStatusUpstream {
  constructor(@Inject(ADDRESSES) private readonly addresses: Addresses) {}

  /** Throws UpstreamFault unless Logto and its database answer. */
  async check(): Promise<void> {
    const status = await this.#status();
    if (status < 200 || status > 299) throw new UpstreamFault('upstream.unavailable', `Logto's status is ${status}`);
  }

  async #status(): Promise<number> {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    try {
      const { statusCode, body } = await request(this.addresses.endpoint + STATUS, { signal, reset: true });
      await body.dump();
      return statusCode;
    } catch (error) {
      const [code, reason] = signal.aborted
        ? (['upstream.timeout', `no reply within ${TIMEOUT_MS} ms`] as const)
        : (['upstream.unavailable', String(error)] as const);
      throw new UpstreamFault(code, `cannot read Logto's status: ${reason}`, { cause: error });
    }
  }
}
