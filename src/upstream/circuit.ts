import { CircuitState as Cockatiel, CountBreaker, type IBreaker } from 'cockatiel';
import { type Clock, systemClock } from './clock.js';
import { requirePositive } from './positive.js';

export type CircuitState = 'closed' | 'open' | 'half-open';

/** What a call says about the far end; `unknown` says nothing. */
export type Verdict = 'well' | 'ill' | 'unknown';

export interface CircuitOptions {
  /** Decides when it opens; cockatiel's strategies fit. */
  readonly strategy: IBreaker;
  /** How long nobody is let through once it is open, in milliseconds. */
  readonly openMs: number;
  readonly clock?: Clock;
  readonly onChange?: (state: CircuitState) => void;
}

/** More than this part of the latest calls must fail: a far end that answers every second time is still worth asking. */
const ILL_SHARE = 0.8;

/** Opens when more than four fifths of the last so many calls failed. */
export const mostOfTheLast = (calls: number): IBreaker => new CountBreaker({ threshold: ILL_SHARE, size: calls });

/**
 * A fuse between us and a far end that is ill: once it is open calls fail at once, until a single one, let through as a
 * probe, comes back well.
 */
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

  /** How long until a probe is let through; 0 when it may be. */
  get opensInMs(): number {
    return this.#state === 'open' ? Math.max(0, this.#openedAt + this.options.openMs - this.#clock.now()) : 0;
  }

  /** Lets a call through and gives back how to tell what became of it; undefined when the call must not be made. */
  enter(): ((verdict: Verdict) => void) | undefined {
    if (this.#state === 'closed') return (verdict) => this.#judge(verdict);
    if (this.#state === 'half-open' || this.opensInMs > 0) return undefined;
    this.#become('half-open');
    return (verdict) => this.#judgeProbe(verdict);
  }

  /** Those who set out before it opened come back late: what they say is known already. */
  #judge(verdict: Verdict): void {
    if (this.#state !== 'closed' || verdict === 'unknown') return;
    const { strategy } = this.options;
    if (verdict === 'well') strategy.success(Cockatiel.Closed);
    else if (strategy.failure(Cockatiel.Closed)) this.#become('open');
  }

  #judgeProbe(verdict: Verdict): void {
    if (verdict === 'well') {
      this.options.strategy.success(Cockatiel.HalfOpen);
      this.#become('closed');
    } else {
      // A probe that says nothing leaves the next one free to set out at once.
      this.#become('open');
      if (verdict === 'unknown') this.#openedAt -= this.options.openMs;
    }
  }

  #become(state: CircuitState): void {
    this.#state = state;
    if (state === 'open') this.#openedAt = this.#clock.now();
    this.options.onChange?.(state);
  }
}
