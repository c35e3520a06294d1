import type { Kind } from './kind.js';

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const LONGEST_MS = 24 * 3_600_000;

const parse = (text: string): number | undefined => {
  const [, digits = '', unit = ''] = /^(\d{1,9})(ms|s|m|h)$/.exec(text) ?? [];
  const ms = Number(digits) * (UNITS[unit] ?? Number.NaN);
  return ms <= LONGEST_MS ? ms : undefined;
};

/** The unit is required because a bare number could mean seconds or milliseconds. */
export const duration: Kind<number> = {
  expected: 'a duration up to 24h with its unit, such as 500ms, 5s or 2m',
  parse,
};

/** How long something is fresh, and how long it may be used stale after that. */
export const lifetime: Kind<{ readonly freshMs: number; readonly staleMs: number }> = {
  expected: 'two durations, fresh/stale, such as 30s/5m (0s/0s caches nothing, 30s/0s is never stale)',
  parse(text) {
    const [freshMs, staleMs, ...rest] = text.split('/').map(parse);
    return freshMs === undefined || staleMs === undefined || rest.length > 0 ? undefined : { freshMs, staleMs };
  },
};
