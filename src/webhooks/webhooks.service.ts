import { Inject, Injectable, Logger } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { WriteLog } from '../cache/write-log.js';
import { CONFIG } from '../config/config.token.js';
import type { Config } from '../config/config.js';
import { invalidInput, Problem } from '../http/problems/problem.js';
import { type LogtoEvent, tagsOf } from './invalidations.js';
import { isSignedBy } from './signature.js';

/** Logto sends events at once and retries for seconds, so an older event is a replay by somebody else. */
const MAX_AGE_MS = 5 * 60_000;
const MAX_REMEMBERED = 10_000;

/** Invalidates cached data after changes that were made directly at Logto. */
@Injectable()
export class WebhooksService {
  readonly #log = new Logger('Webhooks');
  readonly #key: string;
  readonly #seen = new LRUCache<string, true>({ max: MAX_REMEMBERED, ttl: 2 * MAX_AGE_MS });

  constructor(
    @Inject(CONFIG) config: Config,
    private readonly writeLog: WriteLog,
  ) {
    this.#key = config.webhooks.signingKey ?? '';
  }

  /** Throws a Problem for an event that Logto did not send just now. A repeated event has no effect. */
  async receive(body: Buffer, signature: string | undefined): Promise<void> {
    if (!this.#key || !isSignedBy(this.#key, body, signature)) {
      throw new Problem('unauthenticated', 'The event is not signed with the signing key of the webhook.', {
        code: 'webhook.bad_signature',
      });
    }
    const event = parse(body);
    const age = Date.now() - Date.parse(event.createdAt);
    // Negated, so that an invalid date, whose age is NaN, is refused, too.
    if (!(Math.abs(age) <= MAX_AGE_MS))
      throw new Problem('unauthenticated', 'The event is too old, or from the future.', { code: 'webhook.stale' });
    const id = signature ?? '';
    if (this.#seen.has(id)) return;
    const tags = tagsOf(event);
    // If this fails because Redis is down, the response is an error, and Logto sends the event again.
    await this.writeLog.invalidate(tags);
    this.#seen.set(id, true);
    this.#log.debug(`${event.event}: ${tags.length > 0 ? tags.join(', ') : 'no cached data is affected'}`);
  }
}

const parse = (body: Buffer): LogtoEvent => {
  try {
    const event = JSON.parse(body.toString('utf8')) as Partial<LogtoEvent> | null;
    if (typeof event?.event === 'string' && typeof event.createdAt === 'string') return event as LogtoEvent;
  } catch {
    // Handled below: the body is signed, but it is not an event.
  }
  throw invalidInput([
    { in: 'body', pointer: '', code: 'no_event', detail: 'the body must be a Logto event with event and createdAt' },
  ]);
};
