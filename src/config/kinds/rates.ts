import { duration } from './durations.js';
import type { Kind } from './kind.js';

/** A count per time window. */
export interface Rate {
  readonly count: number;
  readonly windowMs: number;
}

/**
 * `off`, or a count per duration: `200/10s`.
 * @param min the lowest count allowed
 */
export const rate = (min: number): Kind<Rate | 'off'> => ({
  expected: `off, or a count of at least ${min} per duration, such as 200/10s, 1000/1m or 50/500ms`,
  parse(text) {
    if (text.toLowerCase() === 'off') return 'off';
    const [, count = '', window = ''] = /^(\d{1,9})\/(\w+)$/.exec(text) ?? [];
    const windowMs = duration.parse(window);
    return windowMs && Number(count) >= min ? { count: Number(count), windowMs } : undefined;
  },
});
