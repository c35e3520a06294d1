import type { ValidationError } from 'class-validator';
import type { InputFault } from '../problems/problem.js';
import type { ItemTest } from './validators.js';

type Place = InputFault['in'];

/** Our own codes for the most common faults; other codes are derived from class-validator's rule names. */
const CODES: Record<string, string> = {
  whitelistValidation: 'unknown_field',
  isText: 'invalid_item',
  isId: 'invalid_item',
};

/** A segment of a JSON pointer (RFC 6901). */
const segment = (key: string | number): string => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`;

const faultsOfProperty = (error: ValidationError, place: Place, pointer: string): InputFault[] =>
  Object.entries(error.constraints ?? {}).flatMap(([rule, message]) => {
    const fault = { in: place, code: CODES[rule] ?? rule.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`) };
    if (rule === 'whitelistValidation')
      return [{ ...fault, pointer, detail: `${error.property} is not a field of this request` }];
    const items = error.contexts?.[rule] as ItemTest | undefined;
    if (!items || !Array.isArray(error.value)) return [{ ...fault, pointer, detail: message }];
    return error.value.flatMap((item, index) =>
      items.isValid(item) ? [] : [{ ...fault, pointer: pointer + segment(index), detail: message }],
    );
  });

/** Flattens class-validator's tree of errors into a list of faults with pointers. */
export const faultsOf = (errors: readonly ValidationError[], place: Place, base = ''): InputFault[] =>
  errors.flatMap((error) => {
    const pointer = base + segment(error.property);
    return [...faultsOfProperty(error, place, pointer), ...faultsOf(error.children ?? [], place, pointer)];
  });

const forbidden = (key: string, value: unknown): string | undefined => {
  if (key.includes('\0')) return 'a name must not contain the NUL character';
  if (key === '__proto__') return '__proto__ is not accepted as a name';
  if (key === 'constructor' && typeof value === 'object' && value !== null && Object.hasOwn(value, 'prototype'))
    return 'constructor.prototype is not accepted as a name';
  return undefined;
};

export const TOO_DEEP = 'too_deep';
/** Deeper than any real input. Recursive code that handles the value later would overflow the stack at some greater depth. */
const MAX_DEPTH = 100;

/** Finds content that is refused everywhere: NUL characters, which crash Logto, and names that can pollute prototypes. */
export function forbiddenContent(value: unknown, place: Place, pointer = '', depth = 0): InputFault[] {
  if (typeof value === 'string')
    return value.includes('\0')
      ? [{ in: place, pointer, code: 'nul_character', detail: 'must not contain the NUL character' }]
      : [];
  if (typeof value !== 'object' || value === null) return [];
  if (depth > MAX_DEPTH)
    return [{ in: place, pointer, code: TOO_DEEP, detail: `must not be nested deeper than ${MAX_DEPTH} levels` }];
  return Object.entries(value).flatMap(([key, item]) => {
    const detail = forbidden(key, item);
    const at = pointer + segment(key);
    return detail
      ? [{ in: place, pointer: at, code: 'forbidden_name', detail }]
      : forbiddenContent(item, place, at, depth + 1);
  });
}

/** Reports fields named like inherited properties of objects, which Nest, class-transformer and class-validator overlook. */
export const inheritedNames = (body: unknown): InputFault[] =>
  Object.keys(typeof body === 'object' && body !== null ? body : {})
    .filter((key) => key !== '__proto__' && (key in Object.prototype || key === 'prototype'))
    .map((key) => ({
      in: 'body',
      pointer: segment(key),
      code: CODES['whitelistValidation'] ?? '',
      detail: `${key} is not a field of this request`,
    }));
