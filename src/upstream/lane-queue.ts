import type { Signal } from '../context/signal.js';
import { LANES, type Lane } from './lanes.js';

interface Waiter<T> {
  readonly serve: (value: T) => void;
  readonly refuse: (error: Error) => void;
}

/** Those who wait for a `T`: the more urgent lane first, within a lane who came first. */
export class LaneQueue<T> {
  readonly #lanes = new Map<Lane, Set<Waiter<T>>>(LANES.map((lane) => [lane, new Set()]));
  #size = 0;

  get size(): number {
    return this.#size;
  }

  waitingIn(lane: Lane): number {
    return this.#of(lane).size;
  }

  /** Whether somebody waits who goes before a newcomer to this lane. */
  isAhead(lane: Lane): boolean {
    return this.#size > 0 && LANES.slice(0, LANES.indexOf(lane) + 1).some((other) => this.waitingIn(other) > 0);
  }

  /** The most urgent lane in which somebody waits. */
  get head(): Lane | undefined {
    return LANES.find((lane) => this.waitingIn(lane) > 0);
  }

  /** Waits to be served. Whoever leaves by `signal` is out at once: nothing is handed to those who have left. */
  wait(lane: Lane, signal: Signal | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const out = (): void => {
        if (this.#of(lane).delete(waiter)) this.#size -= 1;
        signal?.removeEventListener('abort', leave);
      };
      const leave = (): void => waiter.refuse(signal?.reason as Error);
      const waiter: Waiter<T> = {
        serve: (value) => {
          out();
          resolve(value);
        },
        refuse: (error) => {
          out();
          reject(error);
        },
      };
      this.#of(lane).add(waiter);
      this.#size += 1;
      if (signal?.aborted) leave();
      else signal?.addEventListener('abort', leave);
    });
  }

  /** Serves who has waited longest in a lane. Whether there was somebody. */
  serve(lane: Lane, value: T): boolean {
    const [first] = this.#of(lane);
    first?.serve(value);
    return first !== undefined;
  }

  /** Turns away who would be served last, if that is less urgent than `lane`. Whether there was somebody. */
  makeRoomFor(lane: Lane, error: Error): boolean {
    const lowest = LANES.findLast((other) => this.waitingIn(other) > 0);
    if (lowest === undefined || LANES.indexOf(lowest) <= LANES.indexOf(lane)) return false;
    [...this.#of(lowest)].at(-1)?.refuse(error);
    return true;
  }

  #of(lane: Lane): Set<Waiter<T>> {
    return this.#lanes.get(lane) as Set<Waiter<T>>;
  }
}
