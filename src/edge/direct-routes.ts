import { type ArgumentMetadata, type PipeTransform, RequestMethod, type Type } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA, ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import { type DiscoveryService, MetadataScanner } from '@nestjs/core';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { LRUCache } from 'lru-cache';
import type { AccessRule } from '../access/permissions.js';
import { declaredOperation } from '../http/operation.js';
import { plainlyRight } from '../http/plainly-right.js';

/** A read that is answered by its controller's method, without the framework between. */
export interface DirectRoute {
  /** As the framework has it: '/api/organizations/:id'. */
  readonly path: string;
  readonly rule: AccessRule;
  readonly status: number;
  /** What the method answers. Fails as it would behind the framework: with faults of the input, or its own. */
  readonly answer: (input: RouteInput) => Promise<unknown>;
}

/** What a route is asked with. */
export interface RouteInput {
  readonly params: Readonly<Record<string, string>>;
  /** The address behind its '?'; empty without. */
  readonly queryText: string;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

export interface FoundRoute {
  readonly route: DirectRoute;
  readonly params: Readonly<Record<string, string>>;
}

/** Finds the route that a path is for; undefined where the long way knows what to say. */
export type FindRoute = (path: string) => FoundRoute | undefined;

export interface DirectRoutesOptions {
  readonly discovery: Pick<DiscoveryService, 'getControllers'>;
  /** What validates arguments. */
  readonly pipe: PipeTransform;
  readonly parseQuery: (text: string) => unknown;
}

/** The routes for GET, in the order in which the framework asks them; those without `direct` are its own affair. */
interface Candidate {
  readonly pattern: RegExp;
  readonly names: readonly string[];
  readonly direct: DirectRoute | undefined;
}

/** Anything else in an id's place is a fault, which the long way finds. */
const ID_PATTERN = '([A-Za-z0-9_-]{1,128})';

/** Reads the routes off the controllers, as the framework does. */
export function directRoutes(options: DirectRoutesOptions): FindRoute {
  const scanner = new MetadataScanner();
  const candidates = options.discovery.getControllers().flatMap(({ instance, metatype }) => {
    const type = metatype as Type;
    const prototype = type.prototype as Record<string, object>;
    return scanner
      .getAllMethodNames(prototype)
      .filter((name) => Reflect.getMetadata(METHOD_METADATA, prototype[name] as object) === RequestMethod.GET)
      .map((name) => candidateOf(options, instance as object, type, name));
  });
  return (path) => {
    for (const { pattern, names, direct } of candidates) {
      const match = pattern.exec(path);
      if (match) return direct && { route: direct, params: paramsOf(names, match) };
    }
    return undefined;
  };
}

const paramsOf = (names: readonly string[], match: RegExpExecArray): Record<string, string> => {
  const params: Record<string, string> = {};
  for (const [index, name] of names.entries()) params[name] = match[index + 1] ?? '';
  return params;
};

const candidateOf = (options: DirectRoutesOptions, instance: object, type: Type, name: string): Candidate => {
  const handler = (type.prototype as Record<string, object>)[name] as object;
  const parts = [type, handler].map((target) => Reflect.getMetadata(PATH_METADATA, target) as string);
  const path = `/${parts
    .flatMap((part) => part.split('/'))
    .filter(Boolean)
    .join('/')}`;
  const names = [...path.matchAll(/:(\w+)/g)].map(([, param = '']) => param);
  const pattern = new RegExp(`^${path.replaceAll(/:\w+/g, ID_PATTERN)}$`);
  const operation = declaredOperation(handler);
  if (!operation || operation.access.who === 'anyone' || operation.produces)
    return { pattern, names, direct: undefined };
  const args = argumentsOf(options, type, name);
  const method = handler as (...values: unknown[]) => Promise<unknown>;
  return {
    pattern,
    names,
    direct: {
      path,
      rule: operation.access,
      status: operation.answer.status,
      answer: async (input) => {
        const values = args.map((arg) => arg(input));
        return method.apply(instance, values.some(isPromise) ? await Promise.all(values) : values);
      },
    },
  };
};

const isPromise = (value: unknown): boolean => value instanceof Promise;

type Argument = (input: RouteInput) => unknown;

interface RouteArgument {
  readonly index: number;
  readonly data: unknown;
  readonly pipes: readonly unknown[];
  readonly factory?: (data: unknown, context: ExecutionContextHost) => unknown;
}

/** Where each argument of a method comes from. */
const argumentsOf = ({ pipe, parseQuery }: DirectRoutesOptions, type: Type, name: string): readonly Argument[] => {
  const declared = (Reflect.getMetadata(ROUTE_ARGS_METADATA, type, name) ?? {}) as Record<string, RouteArgument>;
  const types = Reflect.getMetadata('design:paramtypes', type.prototype as object, name) as readonly Type[];
  const args: Argument[] = [];
  for (const [key, { index, data, pipes, factory }] of Object.entries(declared)) {
    const kind = Number(key.split(':', 1)[0]) as RouteParamtypes;
    const metatype = types[index] as Type;
    // Neither a part of it by its name nor what a pipe of its own makes of it.
    const isPlain = pipes.length === 0 && (factory || data === undefined);
    if (factory && isPlain)
      args[index] = ({ request, response }) => factory(data, new ExecutionContextHost([request, response]));
    else if (kind === RouteParamtypes.PARAM && isPlain) args[index] = pathArgument(pipe, metatype);
    else if (kind === RouteParamtypes.QUERY && isPlain) args[index] = queryArgument(pipe, metatype, parseQuery);
    else throw new Error(`${type.name}.${name}: argument ${index} comes from where the edge cannot take it`);
  }
  return args;
};

const pathArgument = (pipe: PipeTransform, metatype: Type): Argument => {
  const metadata: ArgumentMetadata = { type: 'param', metatype, data: undefined };
  return ({ params }) => plainlyRight(params, metadata) ?? pipe.transform(params, metadata);
};

/** Queries that were found good; programs ask few different ones. */
const MOST_QUERIES = 256;

const queryArgument = (pipe: PipeTransform, metatype: Type, parse: (text: string) => unknown): Argument => {
  const metadata: ArgumentMetadata = { type: 'query', metatype, data: undefined };
  const good = new LRUCache<string, object>({ max: MOST_QUERIES });
  return ({ queryText }) =>
    good.get(queryText) ??
    (pipe.transform(parse(queryText), metadata) as Promise<object>).then((query) => {
      good.set(queryText, Object.freeze(query));
      return query;
    });
};
