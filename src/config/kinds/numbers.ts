import type { Kind } from './kind.js';

/** Digits only: `1e3`, `0x10` and `5s` are probably mistakes. */
export const integer = (min: number, max: number, what = 'a whole number'): Kind<number> => ({
  expected: `${what} from ${min} to ${max}`,
  parse(text) {
    if (!/^\d{1,15}$/.test(text)) return undefined;
    const value = Number(text);
    return value >= min && value <= max ? value : undefined;
  },
});

export const port = integer(0, 65_535, 'a port number (0 takes any free port)');

export const milliseconds = (min: number, max: number): Kind<number> =>
  integer(min, max, 'a whole number of milliseconds');

export const bytes = (min: number, max: number): Kind<number> => integer(min, max, 'a whole number of bytes');
