import type { ArgumentMetadata, PipeTransform, Type } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { parseQuery } from '../../http/input/parse-query.js';
import type { Work } from '../steps/step.js';
import type { Visit } from '../visit/visit.js';

/** Nest's metadata of an argument with a decorator such as `@Param()`. */
interface DeclaredArgument {
  readonly index: number;
  readonly data: unknown;
  readonly pipes: readonly unknown[];
  readonly factory?: (data: unknown, context: ExecutionContextHost) => unknown;
}

type Argument = (visit: Visit) => unknown;

/**
 * Returns a function that calls a controller's method as Nest does: each argument comes from where its decorator says, and is
 * validated by the pipe. Throws for an argument that it cannot provide.
 */
export function controllerMethod(instance: object, type: Type, name: string, pipe: PipeTransform): Work {
  const args = argumentsOf(type, name, pipe);
  const method = (type.prototype as Record<string, (...values: unknown[]) => Promise<unknown>>)[name];
  return async (visit) => {
    const values = args.map((argument) => argument(visit));
    return method?.apply(instance, values.some(isPromise) ? await Promise.all(values) : values);
  };
}

const isPromise = (value: unknown): boolean => value instanceof Promise;

const argumentsOf = (type: Type, name: string, pipe: PipeTransform): readonly Argument[] => {
  const declared = (Reflect.getMetadata(ROUTE_ARGS_METADATA, type, name) ?? {}) as Record<string, DeclaredArgument>;
  const types = Reflect.getMetadata('design:paramtypes', type.prototype as object, name) as readonly Type[];
  const args: Argument[] = [];
  for (const [key, declaration] of Object.entries(declared)) {
    const { index } = declaration;
    const kind = Number(key.split(':', 1)[0]) as RouteParamtypes;
    const argument = argumentOf(kind, declaration, types[index] as Type, pipe);
    if (!argument)
      throw new Error(`${type.name}.${name}: argument ${index} has a source that dispatch does not support`);
    args[index] = argument;
  }
  return args;
};

const argumentOf = (
  kind: RouteParamtypes,
  { data, pipes, factory }: DeclaredArgument,
  metatype: Type,
  pipe: PipeTransform,
): Argument | undefined => {
  if (pipes.length > 0) return undefined;
  if (factory) return ({ request, response }) => factory(data, new ExecutionContextHost([request, response]));
  if (kind === RouteParamtypes.HEADERS && typeof data === 'string')
    return ({ request }) => request.headers[data.toLowerCase()];
  // An argument with a name is a single field, which no DTO class describes.
  if (data !== undefined) return undefined;
  const validated = (place: ArgumentMetadata['type'], valueOf: Argument): Argument => {
    const metadata: ArgumentMetadata = { type: place, metatype, data: undefined };
    return (visit) => pipe.transform(valueOf(visit), metadata) as unknown;
  };
  if (kind === RouteParamtypes.PARAM) return validated('param', ({ params }) => params);
  if (kind === RouteParamtypes.QUERY) return validated('query', ({ query }) => parseQuery(query));
  if (kind === RouteParamtypes.BODY) return validated('body', ({ body }) => body);
  return undefined;
};
