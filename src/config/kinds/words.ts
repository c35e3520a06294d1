import { isIPv6 } from 'node:net';
import type { Kind } from './kind.js';

/** Printable ASCII without spaces. Quoted text is refused, because container env files pass the quotes on. */
export const word: Kind<string> = {
  expected: 'text without spaces and without quotes around it',
  parse: (text) => (/^[\x21-\x7e]+$/.test(text) && !/^(["']).*\1$/.test(text) ? text : undefined),
};

export const oneOf = <T extends string>(...choices: readonly T[]): Kind<T> => ({
  expected: `one of ${choices.join(', ')}`,
  parse: (text) => choices.find((choice) => choice === text.toLowerCase()),
});

const yes = new Set(['on', 'true', '1']);
const no = new Set(['off', 'false', '0']);

export const flag: Kind<boolean> = {
  expected: 'on or off (or true, false, 1, 0)',
  parse(text) {
    const lower = text.toLowerCase();
    return yes.has(lower) ? true : no.has(lower) ? false : undefined;
  },
};

export const host: Kind<string> = {
  expected: 'an address or host name to listen on, such as 127.0.0.1, 0.0.0.0 or ::',
  parse: (text) => (/^[\w.-]+$/.test(text) || isIPv6(text) ? text : undefined),
};
