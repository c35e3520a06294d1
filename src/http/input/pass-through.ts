const FIELDS = Symbol('PASS_THROUGH_FIELDS');

type Fields = readonly string[];

const fieldsOf = (prototype: object): Fields => (Reflect.getMetadata(FIELDS, prototype) as Fields | undefined) ?? [];

/**
 * Marks a field with the caller's free-form JSON, which must not change. Nest strips names such as `constructor` from
 * validated values at any depth, and class-transformer copies the values.
 */
export const PassThrough = (): PropertyDecorator => (prototype, key) => {
  Reflect.defineMetadata(FIELDS, [...fieldsOf(prototype), String(key)], prototype);
};

/** Restores the marked fields of an instance from the original body. */
export function restorePassThrough(instance: unknown, body: unknown): void {
  if (typeof instance !== 'object' || instance === null || typeof body !== 'object' || body === null) return;
  for (const field of fieldsOf(Object.getPrototypeOf(instance) as object)) {
    if (Object.hasOwn(body, field)) Object.assign(instance, { [field]: (body as Record<string, unknown>)[field] });
  }
}
