import type { ArgumentMetadata, Type } from '@nestjs/common';
import { getMetadataStorage } from 'class-validator';
import { ID, idFieldsOf } from './validators.js';

/** The classes all of whose fields are ids, with these fields; others with none. */
const ids = new WeakMap<Type, readonly string[]>();

const onlyIdsOf = (metatype: Type): readonly string[] => {
  let fields = ids.get(metatype);
  if (!fields) {
    const rules = getMetadataStorage().getTargetValidationMetadatas(metatype, '', false, false);
    const declared = new Set(idFieldsOf(metatype.prototype as object));
    fields = rules.every(({ propertyName }) => declared.has(propertyName)) ? [...declared] : [];
    ids.set(metatype, fields);
  }
  return fields;
};

/**
 * The instance, when a path holds ids and nothing else and all of them look like ids: what nearly every request's does, and
 * what a look at each tells without class-transformer and class-validator. Undefined for everything else; they find the faults.
 */
export function plainlyRight(value: unknown, { type, metatype }: ArgumentMetadata): object | undefined {
  if (type !== 'param' || metatype === undefined || typeof value !== 'object' || value === null) return undefined;
  const given = value as Readonly<Record<string, unknown>>;
  const fields = onlyIdsOf(metatype);
  const isRight = (field: string): boolean => typeof given[field] === 'string' && ID.test(given[field]);
  if (fields.length === 0 || !fields.every(isRight)) return undefined;
  return Object.assign(new metatype() as object, Object.fromEntries(fields.map((field) => [field, given[field]])));
}
