import { Inject, Injectable } from '@nestjs/common';
import { request } from 'undici';
import { ADDRESSES, type Addresses } from '../config/addresses.js';
import { UpstreamFault } from '../upstream/upstream-fault.js';

/** 204 without a body and for anyone; 500 when Logto's database is down. */
const STATUS = '/api/status';
/** Probes of orchestrators wait a second or so; an answer later than this is none. */
const PATIENCE_MS = 800;

/**
 * Asks Logto how it does, beside the pipeline and over a connection of its own: it must neither queue up behind the very
 * requests that are stuck nor be answered from the cache or by a breaker.
 */
@Injectable()
export class LogtoStatusUpstream {
  constructor(@Inject(ADDRESSES) private readonly addresses: Addresses) {}

  /** Throws UpstreamFault unless Logto, and the database behind it, answer. */
  async ask(): Promise<void> {
    const status = await this.#status();
    if (status < 200 || status > 299) throw new UpstreamFault('upstream.unavailable', `Logto's status is ${status}`);
  }

  async #status(): Promise<number> {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    try {
      const { statusCode, body } = await request(this.addresses.endpoint + STATUS, { signal, reset: true });
      await body.dump();
      return statusCode;
    } catch (error) {
      const [code, what] = signal.aborted
        ? (['upstream.timeout', `not within ${PATIENCE_MS} ms`] as const)
        : (['upstream.unavailable', String(error)] as const);
      throw new UpstreamFault(code, `Logto's status cannot be had: ${what}`, { cause: error });
    }
  }
}
