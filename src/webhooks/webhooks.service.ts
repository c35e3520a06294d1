import { Inject, Injectable, Logger } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { WriteLog } from '../cache/write-log.js';
import { CONFIG } from '../config/config.token.js';
import type { Config } from '../config/config.js';
import { invalidInput, Problem } from '../http/problem.js';
import { type LogtoEvent, tagsOf } from './invalidations.js';
import { isSignedBy } from './signature.js';

/** Logto sends at once and tries again for seconds; what is older than this is somebody playing it back. */
const FRESH_MS = 5 * 60_000;
const MOST_REMEMBERED = 10_000;

/** Takes Logto's word for what has changed behind the gateway's back. */
@Injectable()
export class WebhooksService {
  readonly #log = new Logger('Webhooks');
  readonly #key: string;
  readonly #seen = new LRUCache<string, true>({ max: MOST_REMEMBERED, ttl: 2 * FRESH_MS });

  constructor(
    @Inject(CONFIG) config: Config,
    private readonly writeLog: WriteLog,
  ) {
    this.#key = config.webhooks.signingKey ?? '';
  }

  /** Throws a Problem for what Logto did not send just now. An event received before changes nothing more. */
  async receive(body: Buffer, signature: string | undefined): Promise<void> {
    if (!this.#key || !isSignedBy(this.#key, body, signature)) {
      throw new Problem('unauthenticated', 'The event is not signed with the key of our webhook.', {
        code: 'webhook.bad_signature',
      });
    }
    const event = parse(body);
    const age = Date.now() - Date.parse(event.createdAt);
    if (!(Math.abs(age) <= FRESH_MS))
      throw new Problem('unauthenticated', 'The event is too old, or from the future.', { code: 'webhook.stale' });
    const id = signature ?? '';
    if (this.#seen.has(id)) return;
    const tags = tagsOf(event);
    // Where other replicas must be told and cannot be, Logto sends it again.
    await this.writeLog.invalidate(tags);
    this.#seen.set(id, true);
    this.#log.debug(`${event.event}: ${tags.length > 0 ? tags.join(', ') : 'nothing here hangs on it'}`);
  }
}

const parse = (body: Buffer): LogtoEvent => {
  try {
    const event = JSON.parse(body.toString('utf8')) as Partial<LogtoEvent> | null;
    if (typeof event?.event === 'string' && typeof event.createdAt === 'string') return event as LogtoEvent;
  } catch {
    // Falls through to the refusal below: signed, but no event.
  }
  throw invalidInput([
    { in: 'body', pointer: '', code: 'no_event', detail: 'the body must be a Logto event with event and createdAt' },
  ]);
};
