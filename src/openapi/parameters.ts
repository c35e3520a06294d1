import type { OpenAPIObject } from '@nestjs/swagger';

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;
type Parameter = Extract<NonNullable<Operation['parameters']>[number], { name: string }>;

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

/** All operations with their verbs and paths. */
export const operationsOf = (document: Pick<OpenAPIObject, 'paths'>) =>
  Object.entries(document.paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => (item[method] ? [{ method, path, operation: item[method] }] : [])),
  );

const isList = ({ schema }: Parameter): boolean => schema !== undefined && 'type' in schema && schema.type === 'array';

/** `?include=members,roles`, not `?include=members&include=roles`. */
const commaSeparated = (parameter: Parameter): Parameter =>
  parameter.in === 'query' && isList(parameter) ? { ...parameter, style: 'form', explode: false } : parameter;

/** Nest adds every header that a handler reads, without a description, even if it is documented already. */
const isDuplicate = (parameter: Parameter, all: readonly Parameter[]): boolean =>
  parameter.in === 'header' &&
  !parameter.description &&
  all.some((other) => other !== parameter && other.name.toLowerCase() === parameter.name.toLowerCase());

/** Removes duplicate parameters, and documents lists as comma-separated. */
export function tidyParameters(document: OpenAPIObject): OpenAPIObject {
  for (const { operation } of operationsOf(document)) {
    const parameters = (operation.parameters ?? []) as Parameter[];
    operation.parameters = parameters
      .filter((parameter) => !isDuplicate(parameter, parameters))
      .map((parameter) => commaSeparated(parameter));
  }
  return document;
}
