import { CircuitState as Cockatiel, CountBreaker, type IBreaker } from 'cockatiel';
import { type Clock, systemClock } from '../../core/clock.js';
import { requirePositive } from '../../core/positive.js';

export type CircuitState = 'closed' | 'open' | 'half-open';

/** What a call tells about the health of the server; `unknown` tells nothing. */
export type CallOutcome = 'success' | 'failure' | 'unknown';

export interface CircuitOptions {
  /** Decides when the circuit opens; one of cockatiel's strategies. */
  readonly strategy: IBreaker;
  /** How long it stays open before a probe is let through, in milliseconds. */
  readonly openMs: number;
  readonly clock?: Clock;
  readonly onChange?: (state: CircuitState) => void;
}

/** High, because a server that answers every second call is still worth calling. */
const FAILURE_RATE = 0.8;

/** Opens when more than four fifths of the last `calls` calls failed. */
export const failureRateOver = (calls: number): IBreaker => new CountBreaker({ threshold: FAILURE_RATE, size: calls });

/** A circuit breaker: once it is open calls fail at once, until a single probe that is let through succeeds. */
export class Circuit {
  #state: CircuitState = 'closed';
  #openedAt = 0;
  readonly #clock: Clock;

  constructor(private readonly options: CircuitOptions) {
    requirePositive('breaker', { openMs: options.openMs });
    this.#clock = options.clock ?? systemClock;
  }

  get state(): CircuitState {
    return this.#state;
  }

  /** How long until a probe is let through; 0 when one may be sent now. */
  get probeInMs(): number {
    return this.#state === 'open' ? Math.max(0, this.#openedAt + this.options.openMs - this.#clock.now()) : 0;
  }

  /** Admits a call and returns how to report its outcome; undefined when the call must not be made. */
  enter(): ((outcome: CallOutcome) => void) | undefined {
    if (this.#state === 'closed') return (outcome) => this.#record(outcome);
    if (this.#state === 'half-open' || this.probeInMs > 0) return undefined;
    this.#setState('half-open');
    return (outcome) => this.#recordProbe(outcome);
  }

  /** Ignores calls that began before the circuit opened and end after it: they tell nothing new. */
  #record(outcome: CallOutcome): void {
    if (this.#state !== 'closed' || outcome === 'unknown') return;
    const { strategy } = this.options;
    if (outcome === 'success') strategy.success(Cockatiel.Closed);
    else if (strategy.failure(Cockatiel.Closed)) this.#setState('open');
  }

  #recordProbe(outcome: CallOutcome): void {
    if (outcome === 'success') {
      this.options.strategy.success(Cockatiel.HalfOpen);
      this.#setState('closed');
    } else {
      this.#setState('open');
      // A probe that tells nothing lets the next one through at once.
      if (outcome === 'unknown') this.#openedAt -= this.options.openMs;
    }
  }

  #setState(state: CircuitState): void {
    this.#state = state;
    if (state === 'open') this.#openedAt = this.#clock.now();
    this.options.onChange?.(state);
  }
}
