/**
 * What must be so in an answer for the gateway to work with it: a type, a list of one shape, or fields with theirs.
 * Other fields may be there and may be anything.
 */
export type Shape = 'string' | 'number' | readonly [Shape] | { readonly [field: string]: Shape };

/** What Logto calls by id and name: roles, scopes. */
export const NAMED = { id: 'string', name: 'string' } as const satisfies Shape;

const isList = (shape: Shape): shape is readonly [Shape] => Array.isArray(shape);

const objectionIn = (fields: Exclude<Shape, string | readonly [Shape]>, value: object, at: string) => {
  for (const [field, shape] of Object.entries(fields)) {
    const found = objectionTo(shape, (value as Record<string, unknown>)[field], `${at}/${field}`);
    if (found) return found;
  }
  return undefined;
};

/** The first thing that is not as it must be, with its place as a JSON pointer; nothing of the value itself. */
export function objectionTo(shape: Shape, value: unknown, at = ''): string | undefined {
  if (typeof shape === 'string') return typeof value === shape ? undefined : `${at || 'the body'} is no ${shape}`;
  if (isList(shape)) {
    if (!Array.isArray(value)) return `${at || 'the body'} is no list`;
    const wrong = value.findIndex((item) => objectionTo(shape[0], item) !== undefined);
    return wrong < 0 ? undefined : objectionTo(shape[0], value[wrong], `${at}/${wrong}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return `${at || 'the body'} is no object`;
  return objectionIn(shape, value, at);
}
