import type { ServerResponse } from 'node:http';
import { withoutRequestContext } from '../../core/request-context.js';

/** The maximum number of held answers, because the first waits until the last is made. */
const MAX_HELD = 16;

interface Held {
  readonly response: ServerResponse;
  readonly body: Buffer | string | undefined;
}

/**
 * Writes the answers of one turn of the event loop together when it ends. A write wakes up the process that waits for it, which
 * costs more than the write itself. A client with many connections would go to sleep between two separate writes (decision 62).
 */
export class ResponseBatcher {
  #held: Held[] = [];

  /** Ends a response at the end of this turn of the event loop. */
  end(response: ServerResponse, body: Buffer | string | undefined): void {
    if (this.#held.length === 0) withoutRequestContext(() => setImmediate(this.flush));
    this.#held.push({ response, body });
    if (this.#held.length === MAX_HELD) this.flush();
  }

  /** Writes all held answers. */
  readonly flush = (): void => {
    const held = this.#held;
    this.#held = [];
    for (const { response, body } of held) {
      try {
        response.end(body);
      } catch (error) {
        // A failed answer must not hold up the next ones.
        response.destroy(error as Error);
      }
    }
  };
}
