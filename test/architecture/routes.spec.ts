import { Body, Controller, Get, Headers, Module, Param, Query, RequestMethod } from '@nestjs/common';
import {
  EXCEPTION_FILTERS_METADATA,
  GUARDS_METADATA,
  HEADERS_METADATA,
  HOST_METADATA,
  INTERCEPTORS_METADATA,
  METHOD_METADATA,
  PATH_METADATA,
  PIPES_METADATA,
  REDIRECT_METADATA,
  RENDER_METADATA,
  ROUTE_ARGS_METADATA,
  SSE_METADATA,
  VERSION_METADATA,
} from '@nestjs/common/constants.js';
import { DiscoveryModule, DiscoveryService, MetadataScanner, NestFactory } from '@nestjs/core';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import { getMetadataStorage } from 'class-validator';
import { ANYONE, needs } from '../../src/access/permissions.js';
import { RouteTable } from '../../src/inbound/routing/route-table.js';
import { InputPipe } from '../../src/http/input/input.pipe.js';
import { OperationSteps } from '../../src/inbound/steps/operation-steps.js';
import { declaredOperation, Operation } from '../../src/http/operation/operation.js';
import { operationsOf } from '../../src/openapi/parameters.js';
import { type Running, startGateway } from '../support/start-gateway.js';

interface Handler {
  readonly name: string;
  readonly prototype: object;
  readonly method: string;
  readonly handler: object;
}

/** The operations that are not in the OpenAPI document. */
const UNDOCUMENTED = ['getMetrics', 'getProblemPage', 'receiveLogtoEvent'];

class DeclaredController {
  declared(): string {
    return 'heard';
  }
}
Controller('declared')(DeclaredController);
const declared = Object.getOwnPropertyDescriptor(DeclaredController.prototype, 'declared') as PropertyDescriptor;
Get()(DeclaredController.prototype, 'declared', declared);
Operation({ id: 'x', summary: 'x', access: ANYONE, answer: { status: 200, description: 'x' } })(
  DeclaredController.prototype,
  'declared',
  declared,
);

@Controller('silent')
class UndeclaredController {
  @Get()
  silent(): string {
    return 'unguarded';
  }
}

/** Operations with arguments that dispatch does not support. */
class OddController {
  bodyPart(@Body('part') part: object): object {
    return part;
  }

  headers(@Headers() headers: object): object {
    return headers;
  }

  part(@Param('id') id: string): object {
    return { id };
  }

  piped(@Query(InputPipe) query: object): object {
    return query;
  }
}
Controller('odd')(OddController);

const NO_STEPS = { of: () => (next: unknown) => next } as unknown as OperationSteps;

@Module({
  imports: [DiscoveryModule],
  controllers: [DeclaredController],
  providers: [RouteTable, { provide: OperationSteps, useValue: NO_STEPS }],
})
class DeclaredModule {}

@Module({ imports: [DeclaredModule], controllers: [UndeclaredController] })
class UndeclaredModule {}

const start = (module: object) =>
  NestFactory.create(module as new () => object, { logger: false, abortOnError: false }).then((app) => app.init());

describe('the routes', () => {
  let running: Running;
  let handlers: Handler[];

  beforeAll(async () => {
    running = await startGateway({ LOGTO_WEBHOOK_SIGNING_KEY: 'a-key-of-this-test' });
    const scanner = new MetadataScanner();
    const controllers = running.gateway.app.get(DiscoveryService, { strict: false }).getControllers();
    handlers = controllers.flatMap(({ metatype }) => {
      const prototype = (metatype as unknown as { readonly prototype: Record<string, object> }).prototype;
      return scanner
        .getAllMethodNames(prototype)
        .filter((method) => Reflect.hasMetadata(METHOD_METADATA, prototype[method] as object))
        .map((method) => ({
          name: `${metatype?.name}.${method}`,
          prototype,
          method,
          handler: prototype[method] as object,
        }));
    });
  });
  afterAll(() => running.close());

  it('all declare who may call them', () => {
    expect(handlers.length).toBeGreaterThan(20);
    expect(handlers.filter(({ handler }) => !declaredOperation(handler)).map(({ name }) => name)).toEqual([]);
  });

  it('prevent the start if one does not declare it, naming that route', async () => {
    await expect(start(UndeclaredModule)).rejects.toThrow(/UndeclaredController\.silent/);
    const app = await start(DeclaredModule);
    await app.close();
  });

  it('are all documented, except for those that are not for API clients', () => {
    const documented = new Set(operationsOf(running.gateway.document).map(({ operation }) => operation.operationId));
    const ids = handlers.map(({ handler }) => declaredOperation(handler)?.id ?? '');
    expect(ids.filter((id) => !documented.has(id)).toSorted()).toEqual(UNDOCUMENTED);
    expect(documented.size).toBe(ids.length - UNDOCUMENTED.length);
  });

  it('are guarded below /api and /internal, and nowhere else', () => {
    const open = handlers.filter(({ handler, prototype }) => {
      const paths = [Reflect.getMetadata(PATH_METADATA, prototype.constructor) as string | string[]].flat();
      const isApi = paths.every((path) => /^\/?(api|internal)(\/|$)/.test(path));
      return isApi === (declaredOperation(handler)?.access.who === 'anyone');
    });
    expect(open.map(({ name }) => name)).toEqual([]);
  });

  it('are the only paths below /api', () => {
    interface Layer {
      readonly route?: { readonly path: string };
    }
    const { stack } = (running.gateway.app.getHttpAdapter().getInstance() as { router: { stack: Layer[] } }).router;
    const paths = stack.map((layer) => layer.route?.path ?? '').filter((path) => path.startsWith('/api'));
    const documented = operationsOf(running.gateway.document).map(({ path }) =>
      path.replaceAll(/\{(\w+)\}/g, (_match, name: string) => `:${name}`),
    );
    expect([...new Set(paths)].filter((path) => !documented.includes(path))).toEqual([]);
  });

  /** With `import type` a DTO class does not exist at run time, and Nest silently validates nothing. */
  it('know the class of every body, query and path at run time', () => {
    const validated = [RouteParamtypes.BODY, RouteParamtypes.QUERY, RouteParamtypes.PARAM];
    const seen: string[] = [];
    const classless = handlers.flatMap(({ name, prototype, method }) => {
      const args = (Reflect.getMetadata(ROUTE_ARGS_METADATA, prototype.constructor, method) ?? {}) as Record<
        string,
        { index: number; data?: unknown }
      >;
      const types = Reflect.getMetadata('design:paramtypes', prototype, method) as unknown[];
      return Object.entries(args)
        .filter(([key]) => validated.includes(Number(key.split(':')[0])))
        .filter(([, { index, data }]) => {
          seen.push(name);
          const type = types[index] as (new () => object) | undefined;
          // A single named parameter may be a string.
          if (typeof data === 'string') return type !== String;
          if (typeof type !== 'function' || type === Object) return true;
          return getMetadataStorage().getTargetValidationMetadatas(type, '', false, false).length === 0;
        })
        .map(([, { index }]) => `argument ${index + 1} of ${name}`);
    });
    expect(seen.length).toBeGreaterThan(20);
    expect(classless).toEqual([]);
  });

  it('read a body if and only if they declare one', () => {
    const undeclared = handlers.flatMap(({ name, prototype, method, handler }) => {
      const args = Reflect.getMetadata(ROUTE_ARGS_METADATA, prototype.constructor, method) as object | undefined;
      const readsBody = Object.keys(args ?? {}).some(
        (key) => Number(key.split(':')[0]) === Number(RouteParamtypes.BODY),
      );
      return readsBody === (declaredOperation(handler)?.body !== undefined) ? [] : [name];
    });
    expect(undeclared).toEqual([]);
  });

  describe('are known to dispatch', () => {
    const tableOf = (getControllers: () => unknown) => {
      const table = new RouteTable({ getControllers } as unknown as DiscoveryService, NO_STEPS);
      table.onModuleInit();
      return table;
    };
    const tableOfGateway = ({ gateway }: Running) =>
      tableOf(() => gateway.app.get(DiscoveryService, { strict: false }).getControllers());
    /** All routes, with a path in which each parameter is an id. */
    const routes = () =>
      handlers.map(({ name, prototype, handler }) => {
        const parts = [prototype.constructor, handler].map(
          (target) => Reflect.getMetadata(PATH_METADATA, target) as string,
        );
        const pattern = `/${parts.join('/').split('/').filter(Boolean).join('/')}`;
        return {
          name,
          prototype,
          handler,
          method: RequestMethod[Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod],
          pattern,
          path: pattern.replaceAll(/:\w+/g, 'some_Id-1'),
          operation: declaredOperation(handler),
        };
      });
    const isDispatched = ({ operation }: ReturnType<typeof routes>[number]) =>
      operation?.access.who !== 'anyone' && operation?.produces === undefined;

    it('by method and path, if they are guarded and answer with JSON or without a body', () => {
      const table = tableOfGateway(running);
      const dispatched = routes().filter(isDispatched);
      expect(dispatched.filter(({ method }) => method === 'GET').length).toBeGreaterThan(10);
      expect(dispatched.filter(({ method }) => method !== 'GET').length).toBeGreaterThan(10);
      for (const { name, method, path, pattern, operation } of dispatched) {
        const names = [...pattern.matchAll(/:(\w+)/g)].map(([, param]) => param);
        expect([name, table.find(method, path)]).toMatchObject([
          name,
          {
            route: { path: pattern, operation },
            params: Object.fromEntries(names.map((param) => [param, 'some_Id-1'])),
          },
        ]);
      }
    });

    it('by their exact paths only', () => {
      const table = tableOfGateway(running);
      const others = routes().filter((route) => !isDispatched(route));
      expect(others.map(({ path }) => path)).toContain('/api/organizations/some_Id-1/users/export');
      for (const { method, path } of others) expect([path, table.find(method, path)]).toEqual([path, undefined]);
      for (const { method, path } of routes()) {
        const odd = [`${path}/`, `/x${path}`, `/${path}`, path.toUpperCase(), path.replace('some_Id-1', 'a.b')];
        for (const other of odd.filter((address) => address !== path))
          expect([other, table.find(method, other)]).toEqual([other, undefined]);
        expect(table.find('TRACE', path)).toBeUndefined();
      }
    });

    it('as GET for a HEAD request', () => {
      const table = tableOfGateway(running);
      expect(table.find('HEAD', '/api/organizations')).toEqual(table.find('GET', '/api/organizations'));
    });

    /** Nest runs these around a method; dispatch does not. */
    it('and have no guards, interceptors, pipes or the like of their own', () => {
      const own = [
        GUARDS_METADATA,
        INTERCEPTORS_METADATA,
        PIPES_METADATA,
        EXCEPTION_FILTERS_METADATA,
        HEADERS_METADATA,
        REDIRECT_METADATA,
        RENDER_METADATA,
        SSE_METADATA,
        VERSION_METADATA,
        HOST_METADATA,
      ];
      const adorned = routes()
        .filter(isDispatched)
        .flatMap(({ name, prototype, handler }) =>
          own
            .filter((key) => [prototype.constructor, handler].some((target) => Reflect.getMetadata(key, target)))
            .map((key) => `${key} of ${name}`),
        );
      expect(adorned).toEqual([]);
    });

    it.each([
      ['bodyPart', /OddController\.bodyPart: argument 0 /],
      ['headers', /OddController\.headers: argument 0 /],
      ['part', /OddController\.part: argument 0 /],
      ['piped', /OddController\.piped: argument 0 /],
    ] as const)('or prevent the start: %s', (method, message) => {
      const odd = Object.getOwnPropertyDescriptor(OddController.prototype, method) as PropertyDescriptor;
      Get(method)(OddController.prototype, method, odd);
      const answer = { status: 200, description: 'x' } as const;
      Operation({ id: 'x', summary: 'x', access: needs('read:members'), answer })(OddController.prototype, method, odd);
      const instance = new OddController();
      expect(() => tableOf(() => [{ instance, metatype: OddController }])).toThrow(message);
      // The others are not the reason.
      Reflect.deleteMetadata(METHOD_METADATA, OddController.prototype[method]);
      expect(() => tableOf(() => [{ instance, metatype: OddController }])).not.toThrow();
    });
  });
});
