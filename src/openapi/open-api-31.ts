import type { OpenAPIObject } from '@nestjs/swagger';

type Json = Record<string, unknown>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The values under these names are data, not schemas, whatever their fields are called. */
const DATA = new Set(['example', 'examples', 'default', 'enum']);

/** Nest writes `nullable: true` as in OpenAPI 3.0; in 3.1 it is `type: [string, null]`. */
const withoutNullable = (schema: Json): Json => {
  const { nullable, ...rest } = schema;
  if (typeof nullable !== 'boolean') return schema;
  if (!nullable) return rest;
  const { type, enum: values, description, example, ...reference } = rest;
  if (type === undefined) return { description, example, anyOf: [reference, { type: 'null' }] };
  return { ...rest, type: [type, 'null'], ...(Array.isArray(values) && { enum: [...values, null] }) };
};

const convert = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(convert);
  if (!isObject(value)) return value;
  const entries = Object.entries(value).map(([key, item]) => [key, DATA.has(key) ? item : convert(item)] as const);
  return withoutNullable(Object.fromEntries(entries));
};

/** Converts the document to OpenAPI 3.1. */
export const toOpenApi31 = (document: OpenAPIObject): OpenAPIObject => convert(document) as OpenAPIObject;
