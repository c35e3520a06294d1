import type { ServerResponse } from 'node:http';
import { withoutRequestContext } from '../context/request-context.js';

/** So many answers leave together at most: the first of them waits until the last is made. */
const MOST = 16;

interface Departure {
  readonly response: ServerResponse;
  readonly body: Buffer | string | undefined;
}

/**
 * Answers that are made in one round of the event loop leave one right behind the other when it ends. A write has to wake up
 * whoever waits for it, which costs more than the write itself; written to one by one, a reader of many connections falls
 * asleep in between each time.
 */
export class Departures {
  #waiting: Departure[] = [];

  /** @param onPending told of an answer that the socket has not taken whole */
  constructor(private readonly onPending: (response: ServerResponse) => void) {}

  /** Ends an answer, a moment later. */
  end(response: ServerResponse, body: Buffer | string | undefined): void {
    if (this.#waiting.length === 0) withoutRequestContext(() => setImmediate(this.leave));
    this.#waiting.push({ response, body });
    if (this.#waiting.length === MOST) this.leave();
  }

  /** Sends what waits. */
  readonly leave = (): void => {
    const leaving = this.#waiting;
    this.#waiting = [];
    for (const { response, body } of leaving) {
      try {
        response.end(body);
      } catch (error) {
        // Nor may it keep those behind it.
        response.destroy(error as Error);
      }
      if (response.writableLength > 0) this.onPending(response);
    }
  };
}
