import type { Signal } from '../context/signal.js';
import type { UpstreamRequest } from './exchange.js';
import { LaneQueue } from './lane-queue.js';
import { LANES, type Lane, laneOf } from './lanes.js';
import { requirePositive } from './positive.js';
import { UpstreamFault } from './upstream-fault.js';
import { whenOver } from './when-over.js';

export interface BulkheadOptions {
  /** Calls under way at once. */
  readonly inFlight: number;
  /** Calls that may wait for their turn. */
  readonly waiting: number;
}

/** From so many rows on, Logto stands still for everybody while it inserts them. */
const LARGE_ROWS = 100;
/** Calls of aggregates under way beside a large insert: more would only queue up inside Logto. */
const BESIDE_LARGE = 2;
const BUSY_RETRY_S = 1;

const isLarge = (request: UpstreamRequest): boolean => request.method !== 'GET' && (request.rows ?? 0) > LARGE_ROWS;
/** The two lanes that are kept short beside a large insert. */
const isLow = (lane: Lane): boolean => lane === 'aggregate' || lane === 'background';

const busy = (): UpstreamFault =>
  new UpstreamFault('upstream.busy', 'too many calls to Logto wait already', { retryAfterS: BUSY_RETRY_S });

/** Bounds what Logto is asked at once, and who waits for it: writes first, aggregates behind those who ask for little. */
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

  /** Does `work` when its turn comes. Throws `upstream.busy` when too many wait already, or the signal's reason. */
  run<T>(request: UpstreamRequest, work: () => Promise<T>): Promise<T> {
    const lane = laneOf(request);
    if (this.#queue.isAhead(lane) || !this.#admits(lane))
      return this.#wait(lane, request.signal).then(() => this.#serve(lane, request, work));
    this.#count(lane, 1);
    return this.#serve(lane, request, work);
  }

  #serve<T>(lane: Lane, request: UpstreamRequest, work: () => Promise<T>): Promise<T> {
    const large = isLarge(request) ? 1 : 0;
    this.#largeWrites += large;
    return whenOver(work(), () => {
      this.#largeWrites -= large;
      this.#count(lane, -1);
      if (this.#queue.size > 0) this.#admitNext();
    });
  }

  #admits(lane: Lane): boolean {
    if (this.#inFlight >= this.options.inFlight) return false;
    return !isLow(lane) || this.#largeWrites === 0 || this.#low < BESIDE_LARGE;
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

  /** A turn is counted the moment it is given: whoever gets it runs a little later. */
  #admitNext(): void {
    for (const lane of LANES) while (this.#admits(lane) && this.#queue.serve(lane, undefined)) this.#count(lane, 1);
  }
}
