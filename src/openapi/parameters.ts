import type { OpenAPIObject } from '@nestjs/swagger';

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;
type Parameter = Extract<NonNullable<Operation['parameters']>[number], { name: string }>;

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

/** Every operation there is, with its verb and path. */
export const operationsOf = (document: Pick<OpenAPIObject, 'paths'>) =>
  Object.entries(document.paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => (item[method] ? [{ method, path, operation: item[method] }] : [])),
  );

const isList = ({ schema }: Parameter): boolean => schema !== undefined && 'type' in schema && schema.type === 'array';

/** `?include=members,roles`, not `?include=members&include=roles`. */
const commaSeparated = (parameter: Parameter): Parameter =>
  parameter.in === 'query' && isList(parameter) ? { ...parameter, style: 'form', explode: false } : parameter;

/** Nest tells of every header a handler reads, without description; where we documented it ourselves, ours stays. */
const isSaidTwice = (parameter: Parameter, all: readonly Parameter[]): boolean =>
  parameter.in === 'header' &&
  !parameter.description &&
  all.some((other) => other !== parameter && other.name.toLowerCase() === parameter.name.toLowerCase());

/** Parameters as callers send them, each of them once. */
export function tidyParameters(document: OpenAPIObject): OpenAPIObject {
  for (const { operation } of operationsOf(document)) {
    const parameters = (operation.parameters ?? []) as Parameter[];
    operation.parameters = parameters
      .filter((parameter) => !isSaidTwice(parameter, parameters))
      .map((parameter) => commaSeparated(parameter));
  }
  return document;
}
