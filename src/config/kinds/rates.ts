import type { Rate } from '../rate.js';
import type { Kind } from './kind.js';

const UNITS = { ms: 1, s: 1000, m: 60_000 } as const;

/** Fewer than this cannot be divided among the lanes. */
const LEAST = 20;

/** `off`, or so many in a span of time: `200/10s`. */
export const rate: Kind<Rate | 'off'> = {
  expected: `off, or a number from ${LEAST} on and a span of time, such as 200/10s, 1000/1m or 50/500ms`,
  parse(text) {
    if (text === 'off') return 'off';
    const [, count = '', span = '', unit] = /^(\d{1,9})\/(\d{1,6})(ms|s|m)$/.exec(text) ?? [];
    if (!unit || Number(count) < LEAST || Number(span) === 0) return undefined;
    return { count: Number(count), windowMs: Number(span) * UNITS[unit as keyof typeof UNITS] };
  },
};
