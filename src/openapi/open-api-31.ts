import type { OpenAPIObject } from '@nestjs/swagger';

type Json = Record<string, unknown>;

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

/** OpenAPI 3.1 says `type: [string, null]` where 3.0, in which Nest writes, says `nullable: true`. */
const withoutNullable = (schema: Json): Json => {
  const { nullable, type, ...rest } = schema;
  if (nullable !== true) return schema;
  return { type: [type, 'null'], ...rest };
};

const convert = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(convert);
  if (!isObject(value)) return value;
  const converted = Object.fromEntries(Object.entries(value).map(([key, item]) => [key, convert(item)]));
  return withoutNullable(converted);
};

/** The document in the terms of OpenAPI 3.1. */
export const toOpenApi31 = (document: OpenAPIObject): OpenAPIObject => convert(document) as OpenAPIObject;
