const FIELDS = Symbol('FIELDS_AS_THEY_CAME');

type Fields = readonly string[];

const fieldsOf = (prototype: object): Fields => (Reflect.getMetadata(FIELDS, prototype) as Fields | undefined) ?? [];

/**
 * The field holds free-form JSON of the caller's, which passes untouched: Nest strips names such as `constructor` from
 * what it validates, at any depth, and class-transformer copies it.
 */
export const AsItCame = (): PropertyDecorator => (prototype, key) => {
  Reflect.defineMetadata(FIELDS, [...fieldsOf(prototype), String(key)], prototype);
};

/** Gives an instance made of `body` those fields of it that pass untouched. */
export function restoreAsTheyCame(instance: unknown, body: unknown): void {
  if (typeof instance !== 'object' || instance === null || typeof body !== 'object' || body === null) return;
  for (const field of fieldsOf(Object.getPrototypeOf(instance) as object)) {
    if (Object.hasOwn(body, field)) Object.assign(instance, { [field]: (body as Record<string, unknown>)[field] });
  }
}
