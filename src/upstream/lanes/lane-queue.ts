import type { Signal } from '../../core/signal.js';
import { LANES, type Lane } from './lanes.js';

interface Waiter<T> {
  readonly resolve: (value: T) => void;
  readonly reject: (error: Error) => void;
}

/** A priority queue of waiters: the highest lane is served first, and each lane in order of arrival. */
export class LaneQueue<T> {
  readonly #lanes = new Map<Lane, Set<Waiter<T>>>(LANES.map((lane) => [lane, new Set()]));
  #size = 0;

  get size(): number {
    return this.#size;
  }

  waitingIn(lane: Lane): number {
    return this.#waiters(lane).size;
  }

  /** Whether a newcomer to this lane would have to wait behind somebody. */
  hasWaiterAheadOf(lane: Lane): boolean {
    return this.#size > 0 && LANES.slice(0, LANES.indexOf(lane) + 1).some((other) => this.waitingIn(other) > 0);
  }

  /** The highest lane in which somebody waits. */
  get head(): Lane | undefined {
    return LANES.find((lane) => this.waitingIn(lane) > 0);
  }

  /** Waits to be served. A waiter whose `signal` fires leaves the queue at once and is never served. */
  wait(lane: Lane, signal: Signal | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const remove = (): void => {
        if (this.#waiters(lane).delete(waiter)) this.#size -= 1;
        signal?.removeEventListener('abort', onAbort);
      };
      const onAbort = (): void => waiter.reject(signal?.reason as Error);
      const waiter: Waiter<T> = {
        resolve: (value) => {
          remove();
          resolve(value);
        },
        reject: (error) => {
          remove();
          reject(error);
        },
      };
      this.#waiters(lane).add(waiter);
      this.#size += 1;
      if (signal?.aborted) onAbort();
      else signal?.addEventListener('abort', onAbort);
    });
  }

  /** Serves the first waiter of a lane. Returns false when the lane is empty. */
  serve(lane: Lane, value: T): boolean {
    const [first] = this.#waiters(lane);
    first?.resolve(value);
    return first !== undefined;
  }

  /** Evicts the last waiter of the lowest lane, if that is below `lane`. Returns false when there is none. */
  makeRoomFor(lane: Lane, error: Error): boolean {
    const lowest = LANES.findLast((other) => this.waitingIn(other) > 0);
    if (lowest === undefined || LANES.indexOf(lowest) <= LANES.indexOf(lane)) return false;
    [...this.#waiters(lowest)].at(-1)?.reject(error);
    return true;
  }

  #waiters(lane: Lane): Set<Waiter<T>> {
    return this.#lanes.get(lane) as Set<Waiter<T>>;
  }
}
