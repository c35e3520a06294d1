import { internalError, Refusal } from './refusal.js';

type Path = readonly (string | number)[];
/** A fault as zod describes it, because Logto passes zod's issues on. */
interface Issue {
  readonly code: string;
  readonly path: Path;
  readonly message: string;
  readonly [more: string]: unknown;
}
const INVALID = Symbol('invalid');
/** Validates a value, or adds issues: all issues of a body are reported together. */
export type Check<T> = (value: unknown, path: Path, issues: Issue[]) => T | typeof INVALID;
type Read<C> = C extends Check<infer T> ? T : never;

const typeOf = (value: unknown) => (value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value);
const isObject = (value: unknown): value is Record<string, unknown> => typeOf(value) === 'object';

function wrongType(expected: string, value: unknown, path: Path, issues: Issue[]): typeof INVALID {
  const received = typeOf(value);
  const message = received === 'undefined' ? 'Required' : `Expected ${expected}, received ${received}`;
  issues.push({ code: 'invalid_type', expected, received, path, message });
  return INVALID;
}

const bound = (code: 'too_small' | 'too_big', type: 'string' | 'array', limit: number, path: Path): Issue => ({
  code,
  [code === 'too_small' ? 'minimum' : 'maximum']: limit,
  type,
  inclusive: true,
  exact: false,
  message: `${type === 'string' ? 'String' : 'Array'} must contain at ${code === 'too_small' ? 'least' : 'most'} ${limit} ${type === 'string' ? 'character' : 'element'}(s)`,
  path,
});

/** Lengths are counted in UTF-16 units, as at Logto. */
export const string =
  ({
    min = 0,
    max = Infinity,
    pattern,
    url = false,
  }: { min?: number; max?: number; pattern?: RegExp; url?: boolean } = {}): Check<string> =>
  (value, path, issues) => {
    if (typeof value !== 'string') return wrongType('string', value, path, issues);
    const before = issues.length;
    if (value.length < min) issues.push(bound('too_small', 'string', min, path));
    if (value.length > max) issues.push(bound('too_big', 'string', max, path));
    if (pattern && !pattern.test(value))
      issues.push({ validation: 'regex', code: 'invalid_string', message: 'Invalid', path });
    if (url && !URL.canParse(value))
      issues.push({ validation: 'url', code: 'invalid_string', message: 'Invalid url', path });
    return issues.length > before ? INVALID : value;
  };

export const boolean: Check<boolean> = (value, path, issues) =>
  typeof value === 'boolean' ? value : wrongType('boolean', value, path, issues);

export const number: Check<number> = (value, path, issues) =>
  typeof value === 'number' ? value : wrongType('number', value, path, issues);

/** Any object, unchanged. */
export const anyObject: Check<Record<string, unknown>> = (value, path, issues) =>
  isObject(value) ? value : wrongType('object', value, path, issues);

export const oneOf =
  <T extends string>(...options: readonly T[]): Check<T> =>
  (value, path, issues) => {
    if (typeof value !== 'string')
      return wrongType(options.map((option) => `'${option}'`).join(' | '), value, path, issues);
    const found = options.find((option) => option === value);
    if (found !== undefined) return found;
    const expected = options.map((option) => `'${option}'`).join(' | ');
    const message = `Invalid enum value. Expected ${expected}, received '${value}'`;
    issues.push({ received: value, code: 'invalid_enum_value', options, path, message });
    return INVALID;
  };

export const array =
  <T>(item: Check<T>, { min = 0 } = {}): Check<T[]> =>
  (value, path, issues) => {
    if (!Array.isArray(value)) return wrongType('array', value, path, issues);
    const before = issues.length;
    if (value.length < min) issues.push(bound('too_small', 'array', min, path));
    const items: T[] = [];
    value.forEach((entry: unknown, index) => {
      const read = item(entry, [...path, index], issues);
      if (read !== INVALID) items.push(read);
    });
    return issues.length > before ? INVALID : items;
  };

export const optional =
  <T>(check: Check<T>): Check<T | undefined> =>
  (value, path, issues) =>
    value === undefined ? undefined : check(value, path, issues);

export const nullable =
  <T>(check: Check<T>): Check<T | null> =>
  (value, path, issues) =>
    value === null ? null : check(value, path, issues);

/** Unknown fields are dropped silently; known ones are in the order of their declaration. */
export const object =
  <S extends Record<string, Check<unknown>>>(fields: S): Check<{ [K in keyof S]: Read<S[K]> }> =>
  (value, path, issues) => {
    if (!isObject(value)) return wrongType('object', value, path, issues);
    const before = issues.length;
    const known: [string, unknown][] = [];
    for (const [name, check] of Object.entries(fields)) {
      const read = check(value[name], [...path, name], issues);
      if (read !== undefined) known.push([name, read]);
    }
    return issues.length > before ? INVALID : (Object.fromEntries(known) as { [K in keyof S]: Read<S[K]> });
  };

const containsNul = (value: unknown): boolean =>
  typeof value === 'string'
    ? value.includes('\0')
    : typeof value === 'object' &&
      value !== null &&
      Object.entries(value).some(([key, item]) => key.includes('\0') || containsNul(item));

const line = ({ code, path, message, received, expected }: Issue) =>
  `Error in key path "${path.join('.')}": (${code}) ${code === 'invalid_type' ? `Expected ${String(expected)} but received ${String(received)}.` : message}`;

/** The known fields of a value. Throws 400 with all issues, or 500 for a NUL character, which only Logto's database refuses. */
export function guard<T>(part: 'body' | 'query', check: Check<T>, value: unknown): T {
  const issues: Issue[] = [];
  const read = check(value, [], issues);
  if (read === INVALID) {
    throw new Refusal(400, 'guard.invalid_input', {
      values: { part },
      data: { issues, name: 'ZodError' },
      details: issues.map(line).join('\n'),
    });
  }
  if (containsNul(read)) throw internalError();
  return read;
}
