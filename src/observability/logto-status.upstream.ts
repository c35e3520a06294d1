import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { ADDRESSES, type Addresses } from '../config/addresses.js';
import type { Config } from '../config/config.js';
import { CONFIG } from '../config/config.token.js';
import { pipe } from '../upstream/exchange.js';
import { timeout } from '../upstream/stages/timeout.stage.js';
import { Transport } from '../upstream/transport.js';
import { UpstreamFault } from '../upstream/upstream-fault.js';

/** Probes of orchestrators wait a second or so; an answer later than this is none. */
const PATIENCE_MS = 800;
const MAX_BYTES = 64 * 1024;

/** Asks Logto how it does, over a connection of its own: it must not queue up behind the very requests that are stuck. */
@Injectable()
export class LogtoStatusUpstream implements OnApplicationShutdown {
  readonly #transport: Transport;
  readonly #timeoutMs: number;

  constructor(@Inject(CONFIG) { upstream }: Config, @Inject(ADDRESSES) { endpoint }: Addresses) {
    this.#transport = new Transport({ endpoint, connections: 1, maxBytes: MAX_BYTES });
    this.#timeoutMs = Math.min(PATIENCE_MS, upstream.timeoutMs);
  }

  /** Throws UpstreamFault unless Logto, and the database behind it, answer. */
  async ask(): Promise<void> {
    const { status } = await pipe(timeout(this.#timeoutMs))(this.#transport.exchange)({
      method: 'GET',
      path: '/api/status',
      freshness: { name: 'status', freshMs: 0 },
      tags: [],
    });
    // 204 without a body; 500 when its database is down.
    if (status < 200 || status > 299) throw new UpstreamFault('upstream.unavailable', `Logto's status is ${status}`);
  }

  onApplicationShutdown(): Promise<void> {
    return this.#transport.close();
  }
}
