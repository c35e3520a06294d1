import type { ArgumentMetadata, Type } from '@nestjs/common';
import { getMetadataStorage } from 'class-validator';
import { ID, idFieldsOf } from './validators.js';

/** The fields of classes that have id fields only; no fields for other classes. */
const ids = new WeakMap<Type, readonly string[]>();

const idsOnly = (metatype: Type): readonly string[] => {
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
 * Validates path parameters that are all ids, without class-transformer and class-validator: nearly every request has only
 * these. Undefined for anything else and for invalid ids, which the slow path then reports.
 */
export function fastPathInstance(value: unknown, { type, metatype }: ArgumentMetadata): object | undefined {
  if (type !== 'param' || metatype === undefined || typeof value !== 'object' || value === null) return undefined;
  const given = value as Readonly<Record<string, unknown>>;
  const fields = idsOnly(metatype);
  const isValid = (field: string): boolean => typeof given[field] === 'string' && ID.test(given[field]);
  if (fields.length === 0 || !fields.every(isValid)) return undefined;
  return Object.assign(new metatype() as object, Object.fromEntries(fields.map((field) => [field, given[field]])));
}
