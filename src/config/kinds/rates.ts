import type { Rate } from '../rate.js';
import { duration } from './durations.js';
import type { Kind } from './kind.js';

/**
 * `off`, or so many in a span of time: `200/10s`.
 * @param least fewer are refused
 */
export const rate = (least: number): Kind<Rate | 'off'> => ({
  expected: `off, or a number from ${least} on and a span of time, such as 200/10s, 1000/1m or 50/500ms`,
  parse(text) {
    if (text.toLowerCase() === 'off') return 'off';
    const [, count = '', span = ''] = /^(\d{1,9})\/(\w+)$/.exec(text) ?? [];
    const windowMs = duration.parse(span);
    return windowMs && Number(count) >= least ? { count: Number(count), windowMs } : undefined;
  },
});
