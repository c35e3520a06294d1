import type { Signal } from '../../core/signal.js';
import type { UpstreamRequest } from '../../core/exchange.js';
import { LaneQueue } from '../lanes/lane-queue.js';
import { LANES, type Lane, laneOf } from '../lanes/lanes.js';
import { requirePositive } from '../../core/positive.js';
import { UpstreamFault } from '../../core/faults.js';
import { onSettled } from '../../core/on-settled.js';

export interface BulkheadOptions {
  /** How many calls may run at once. */
  readonly inFlight: number;
  /** How many calls may wait. */
  readonly waiting: number;
}

/** An insert of more rows than this blocks Logto for everybody. */
const LARGE_ROWS = 100;
/** How many low-priority calls may run beside a large insert: more would only queue up inside Logto. */
const MAX_LOW_BESIDE_LARGE = 2;
const BUSY_RETRY_S = 1;

const isLarge = (request: UpstreamRequest): boolean => request.method !== 'GET' && (request.rows ?? 0) > LARGE_ROWS;
/** The lanes that are throttled beside a large insert. */
const isLow = (lane: Lane): boolean => lane === 'aggregate' || lane === 'background';

const busy = (): UpstreamFault =>
  new UpstreamFault('upstream.busy', 'the queue of calls to Logto is full', { retryAfterS: BUSY_RETRY_S });

/** Bounds the calls to Logto that run at once and those that wait. Waiting calls are served by priority. */
export class Bulkhead {
  readonly #queue = new LaneQueue<void>();
  #inFlight = 0;
  #low = 0;
  #largeWrites = 0;

  constructor(private readonly options: BulkheadOptions) {
    requirePositive('bulkhead', { ...options });
  }

  get state(): { readonly inFlight: number; readonly waiting: number } {
    return { inFlight: this.#inFlight, waiting: this.#queue.size };
  }

  waitingIn(lane: Lane): number {
    return this.#queue.waitingIn(lane);
  }

  /** Runs `work` when there is a free slot. Throws `upstream.busy` when the queue is full, or the signal's reason. */
  run<T>(request: UpstreamRequest, work: () => Promise<T>): Promise<T> {
    const lane = laneOf(request);
    if (this.#queue.hasWaiterAheadOf(lane) || !this.#admits(lane))
      return this.#wait(lane, request.signal).then(() => this.#start(lane, request, work));
    this.#count(lane, 1);
    return this.#start(lane, request, work);
  }

  #start<T>(lane: Lane, request: UpstreamRequest, work: () => Promise<T>): Promise<T> {
    const large = isLarge(request) ? 1 : 0;
    this.#largeWrites += large;
    return onSettled(work(), () => {
      this.#largeWrites -= large;
      this.#count(lane, -1);
      if (this.#queue.size > 0) this.#admitNext();
    });
  }

  #admits(lane: Lane): boolean {
    if (this.#inFlight >= this.options.inFlight) return false;
    return !isLow(lane) || this.#largeWrites === 0 || this.#low < MAX_LOW_BESIDE_LARGE;
  }

  #count(lane: Lane, by: 1 | -1): void {
    this.#inFlight += by;
    if (isLow(lane)) this.#low += by;
  }

  #wait(lane: Lane, signal: Signal | undefined): Promise<void> {
    if (this.#queue.size >= this.options.waiting && !this.#queue.makeRoomFor(lane, busy()))
      return Promise.reject(busy());
    return this.#queue.wait(lane, signal);
  }

  /** A slot is counted when it is given away, because the waiter starts a microtask later. */
  #admitNext(): void {
    for (const lane of LANES) while (this.#admits(lane) && this.#queue.serve(lane, undefined)) this.#count(lane, 1);
  }
}
