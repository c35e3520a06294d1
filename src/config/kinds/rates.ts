import type { Rate } from '../rate.js';
import { duration } from './durations.js';
import type { Kind } from './kind.js';

/** Fewer than this cannot be divided among the lanes. */
const LEAST = 20;

/** `off`, or so many in a span of time: `200/10s`. */
export const rate: Kind<Rate | 'off'> = {
  expected: `off, or a number from ${LEAST} on and a span of time, such as 200/10s, 1000/1m or 50/500ms`,
  parse(text) {
    if (text === 'off') return 'off';
    const [, count = '', span = ''] = /^(\d{1,9})\/(\w+)$/.exec(text) ?? [];
    const windowMs = duration.parse(span);
    return windowMs && Number(count) >= LEAST ? { count: Number(count), windowMs } : undefined;
  },
};
