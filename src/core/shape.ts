/**
 * What the gateway relies on in a reply: a type, a list whose items have one shape, or an object whose fields have theirs.
 * Other fields are ignored.
 */
export type Shape = 'string' | 'number' | readonly [Shape] | { readonly [field: string]: Shape };

/** The common shape of roles and scopes. */
export const NAMED = { id: 'string', name: 'string' } as const satisfies Shape;

const isList = (shape: Shape): shape is readonly [Shape] => Array.isArray(shape);

const violationInFields = (fields: Exclude<Shape, string | readonly [Shape]>, value: object, at: string) => {
  for (const [field, shape] of Object.entries(fields)) {
    const found = violationOf(shape, (value as Record<string, unknown>)[field], `${at}/${field}`);
    if (found) return found;
  }
  return undefined;
};

/** The first violation of the shape, located by a JSON pointer. It never contains the value, which may be a secret. */
export function violationOf(shape: Shape, value: unknown, at = ''): string | undefined {
  if (typeof shape === 'string') return typeof value === shape ? undefined : `${at || 'the body'} is not a ${shape}`;
  if (isList(shape)) {
    if (!Array.isArray(value)) return `${at || 'the body'} is not a list`;
    const index = value.findIndex((item) => violationOf(shape[0], item) !== undefined);
    return index < 0 ? undefined : violationOf(shape[0], value[index], `${at}/${index}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return `${at || 'the body'} is not an object`;
  return violationInFields(shape, value, at);
}
