import { Injectable, type OnModuleInit, RequestMethod, type Type } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { InputPipe } from '../../http/input/input.pipe.js';
import { ID } from '../../http/input/validators.js';
import { declaredOperation, type OperationSpec } from '../../http/operation/operation.js';
import { OperationSteps } from '../steps/operation-steps.js';
import type { Work } from '../steps/step.js';
import { controllerMethod } from './controller-method.js';

/** A route that can be dispatched. */
export interface Route {
  /** The pattern, as the framework writes it: '/api/organizations/:id'. */
  readonly path: string;
  readonly operation: OperationSpec;
  /** Takes a request through the operation's steps and calls the method. Throws the same errors as inside the framework. */
  readonly run: Work;
}

export interface FoundRoute {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

/** A route of the framework. Without `route`, only the framework can answer it. */
interface Candidate {
  readonly method: string;
  readonly pattern: RegExp;
  /** The same, but it accepts anything as an id. */
  readonly loosePattern: RegExp;
  readonly names: readonly string[];
  readonly route: Route | undefined;
}

/** The controller's method of a route. */
interface Handler {
  readonly instance: object;
  readonly type: Type;
  readonly name: string;
  readonly handler: object;
}

/** The framework answers paths with an invalid id, because its pipe reports the fault. */
const ID_GROUP = `(${ID.source.replaceAll(/[$^]/g, '')})`;

/** All routes, read from the controllers' metadata. The gateway does not start if one of them does not declare who may call it. */
@Injectable()
export class RouteTable implements OnModuleInit {
  readonly #pipe = new InputPipe();
  /** In the order in which the framework matches them. */
  #candidates: readonly Candidate[] = [];

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly steps: OperationSteps,
  ) {}

  onModuleInit(): void {
    const handlers = this.#handlers();
    const silent = handlers.filter(({ handler }) => !declaredOperation(handler));
    if (silent.length > 0)
      throw new Error(
        `These routes say nothing of who may call them, add @Operation({ access: … }): ${silent.map(({ type, name }) => `${type.name}.${name}`).join(', ')}`,
      );
    this.#candidates = handlers.map((handler) => this.#candidateOf(handler));
  }

  /** Adds a path that belongs to no controller. */
  add(method: string, path: string): void {
    const pattern = patternOf(path, ID_GROUP);
    this.#candidates = [...this.#candidates, { method, pattern, loosePattern: pattern, names: [], route: undefined }];
  }

  /** Finds the route of a request; undefined if only the framework can answer it. */
  find(method: string, path: string): FoundRoute | undefined {
    const asked = method === 'HEAD' ? 'GET' : method;
    for (const { method: own, pattern, names, route } of this.#candidates) {
      if (own !== asked) continue;
      const match = pattern.exec(path);
      if (match) return route && { route, params: paramsOf(names, match) };
    }
    return undefined;
  }

  /** The methods of a path; none for an unknown path. */
  methodsAt(path: string): readonly string[] {
    const methods = new Set(
      this.#candidates.filter(({ loosePattern }) => loosePattern.test(path)).map(({ method }) => method),
    );
    if (methods.has('GET')) methods.add('HEAD');
    return [...methods].toSorted();
  }

  #handlers(): readonly Handler[] {
    const scanner = new MetadataScanner();
    return this.discovery.getControllers().flatMap(({ instance, metatype }) => {
      const type = metatype as Type;
      const prototype = type.prototype as Record<string, object>;
      return scanner
        .getAllMethodNames(prototype)
        .map((name) => ({ instance: instance as object, type, name, handler: prototype[name] as object }))
        .filter(({ handler }) => Reflect.hasMetadata(METHOD_METADATA, handler));
    });
  }

  #candidateOf({ instance, type, name, handler }: Handler): Candidate {
    const method = RequestMethod[Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod];
    const parts = [type, handler].map((target) => Reflect.getMetadata(PATH_METADATA, target) as string);
    const path = `/${parts
      .flatMap((part) => part.split('/'))
      .filter(Boolean)
      .join('/')}`;
    const operation = declaredOperation(handler);
    const isDispatched = operation && operation.access.who !== 'anyone' && !operation.produces;
    return {
      method,
      pattern: patternOf(path, ID_GROUP),
      loosePattern: patternOf(path, '[^/]+'),
      names: [...path.matchAll(/:(\w+)/g)].map(([, param = '']) => param),
      route: isDispatched
        ? { path, operation, run: this.steps.of(operation)(controllerMethod(instance, type, name, this.#pipe)) }
        : undefined,
    };
  }
}

const patternOf = (path: string, param: string): RegExp => new RegExp(`^${path.replaceAll(/:\w+/g, param)}$`);

const paramsOf = (names: readonly string[], match: RegExpExecArray): Record<string, string> => {
  const params: Record<string, string> = {};
  for (const [index, name] of names.entries()) params[name] = match[index + 1] ?? '';
  return params;
};
