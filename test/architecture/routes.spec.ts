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
import { DeclaredRoutes } from '../../src/access/declared-routes.js';
import { ANYONE, needs } from '../../src/access/permissions.js';
import { directRoutes } from '../../src/edge/direct-routes.js';
import { InputPipe } from '../../src/http/input.pipe.js';
import { declaredOperation, Operation } from '../../src/http/operation.js';
import { operationsOf } from '../../src/openapi/parameters.js';
import { type Running, startGateway } from '../support/start-gateway.js';

interface Handler {
  readonly name: string;
  readonly prototype: object;
  readonly method: string;
  readonly handler: object;
}

/** What stands outside /api, and what this is for. Everything else is a documented operation. */
const UNDOCUMENTED = ['getMetrics', 'getProblemPage', 'receiveLogtoEvent'];

class SpokenController {
  spoken(): string {
    return 'heard';
  }
}
Controller('spoken')(SpokenController);
const spoken = Object.getOwnPropertyDescriptor(SpokenController.prototype, 'spoken') as PropertyDescriptor;
Get()(SpokenController.prototype, 'spoken', spoken);
Operation({ id: 'x', summary: 'x', access: ANYONE, answer: { status: 200, description: 'x' } })(
  SpokenController.prototype,
  'spoken',
  spoken,
);

@Controller('silent')
class SilentController {
  @Get()
  silent(): string {
    return 'unguarded';
  }
}

/** Reads of which the edge cannot know all arguments. */
class OddController {
  body(@Body() body: object): object {
    return body;
  }

  header(@Headers('x-y') header: string): object {
    return { header };
  }

  part(@Param('id') id: string): object {
    return { id };
  }

  piped(@Query(InputPipe) query: object): object {
    return query;
  }
}
Controller('odd')(OddController);

@Module({ imports: [DiscoveryModule], controllers: [SpokenController], providers: [DeclaredRoutes] })
class SpokenModule {}

@Module({ imports: [SpokenModule], controllers: [SilentController] })
class SilentModule {}

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

  it('all say who may call them', () => {
    expect(handlers.length).toBeGreaterThan(20);
    expect(handlers.filter(({ handler }) => !declaredOperation(handler)).map(({ name }) => name)).toEqual([]);
  });

  it('start only when all of them do, and the silent one is named', async () => {
    await expect(start(SilentModule)).rejects.toThrow(/SilentController\.silent/);
    const app = await start(SpokenModule);
    await app.close();
  });

  it('are all documented, but for those that are for machines or for browsers', () => {
    const documented = new Set(operationsOf(running.gateway.document).map(({ operation }) => operation.operationId));
    const ids = handlers.map(({ handler }) => declaredOperation(handler)?.id ?? '');
    expect(ids.filter((id) => !documented.has(id)).toSorted()).toEqual(UNDOCUMENTED);
    expect(documented.size).toBe(ids.length - UNDOCUMENTED.length);
  });

  it('below /api and /internal are all guarded, and nothing else is', () => {
    const open = handlers.filter(({ handler, prototype }) => {
      const paths = [Reflect.getMetadata(PATH_METADATA, prototype.constructor) as string | string[]].flat();
      const isApi = paths.every((path) => /^\/?(api|internal)(\/|$)/.test(path));
      return isApi === (declaredOperation(handler)?.access.who === 'anyone');
    });
    expect(open.map(({ name }) => name)).toEqual([]);
  });

  it('have nothing beside them below /api', () => {
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

  /** `import type` on a DTO leaves no class at run time; Nest then validates nothing and says nothing. */
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
          // A single named parameter may be a plain text.
          if (typeof data === 'string') return type !== String;
          if (typeof type !== 'function' || type === Object) return true;
          return getMetadataStorage().getTargetValidationMetadatas(type, '', false, false).length === 0;
        })
        .map(([, { index }]) => `argument ${index + 1} of ${name}`);
    });
    expect(seen.length).toBeGreaterThan(20);
    expect(classless).toEqual([]);
  });

  it('read the very classes that they document as bodies', () => {
    const undeclared = handlers.flatMap(({ name, prototype, method, handler }) => {
      const args = Reflect.getMetadata(ROUTE_ARGS_METADATA, prototype.constructor, method) as object | undefined;
      const readsBody = Object.keys(args ?? {}).some(
        (key) => Number(key.split(':')[0]) === Number(RouteParamtypes.BODY),
      );
      return readsBody === (declaredOperation(handler)?.body !== undefined) ? [] : [name];
    });
    expect(undeclared).toEqual([]);
  });

  describe('are known to the edge', () => {
    const known = (getControllers: () => unknown) =>
      directRoutes({
        discovery: { getControllers } as unknown as Pick<DiscoveryService, 'getControllers'>,
        pipe: new InputPipe(),
        parseQuery: () => ({}),
      });
    const knownOf = ({ gateway }: Running) =>
      known(() => gateway.app.get(DiscoveryService, { strict: false }).getControllers());
    /** Those that are read, and where; an id is put in each place. */
    const reads = () =>
      handlers
        .filter(({ handler }) => Reflect.getMetadata(METHOD_METADATA, handler) === RequestMethod.GET)
        .map(({ name, prototype, handler }) => {
          const parts = [prototype.constructor, handler].map(
            (target) => Reflect.getMetadata(PATH_METADATA, target) as string,
          );
          const pattern = `/${parts.join('/').split('/').filter(Boolean).join('/')}`;
          return {
            name,
            prototype,
            handler,
            pattern,
            path: pattern.replaceAll(/:\w+/g, 'some_Id-1'),
            operation: declaredOperation(handler),
          };
        });
    const isDirect = ({ operation }: ReturnType<typeof reads>[number]) =>
      operation?.access.who !== 'anyone' && operation?.produces === undefined;

    it('by their addresses, if they are guarded reads of JSON', () => {
      const find = knownOf(running);
      const direct = reads().filter(isDirect);
      expect(direct.length).toBeGreaterThan(10);
      expect(direct.map(({ name, path }) => [name, find(path)?.route.path])).toEqual(
        direct.map(({ name, pattern }) => [name, pattern]),
      );
      for (const { path, operation } of direct)
        expect(find(path)?.route).toMatchObject({ rule: operation?.access, status: operation?.answer.status });
      for (const { pattern, path } of direct) {
        const names = [...pattern.matchAll(/:(\w+)/g)].map(([, param]) => param);
        expect(find(path)?.params).toEqual(Object.fromEntries(names.map((param) => [param, 'some_Id-1'])));
      }
    });

    it('by their addresses alone, and not if they are anything else', () => {
      const find = knownOf(running);
      const others = reads().filter((route) => !isDirect(route));
      expect(others.map(({ path }) => path)).toContain('/api/organizations/some_Id-1/users/export');
      for (const { path } of others) expect([path, find(path)]).toEqual([path, undefined]);
      for (const { path } of reads()) {
        const odd = [`${path}/`, `/x${path}`, `/${path}`, path.toUpperCase(), path.replace('some_Id-1', 'a.b')];
        for (const other of odd.filter((address) => address !== path))
          expect([other, find(other)]).toEqual([other, undefined]);
      }
    });

    /** What stands between the framework and a method is passed over by the edge. */
    it('and have nothing of their own before or behind their methods', () => {
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
      const adorned = reads()
        .filter(isDirect)
        .flatMap(({ name, prototype, handler }) =>
          own
            .filter((key) => [prototype.constructor, handler].some((target) => Reflect.getMetadata(key, target)))
            .map((key) => `${key} of ${name}`),
        );
      expect(adorned).toEqual([]);
    });

    it.each([
      ['body', /OddController\.body: argument 0 /],
      ['header', /OddController\.header: argument 0 /],
      ['part', /OddController\.part: argument 0 /],
      ['piped', /OddController\.piped: argument 0 /],
    ] as const)('or nothing starts: %s', (method, message) => {
      const odd = Object.getOwnPropertyDescriptor(OddController.prototype, method) as PropertyDescriptor;
      Get(method)(OddController.prototype, method, odd);
      const answer = { status: 200, description: 'x' } as const;
      Operation({ id: 'x', summary: 'x', access: needs('read:members'), answer })(OddController.prototype, method, odd);
      const instance = new OddController();
      expect(() => known(() => [{ instance, metatype: OddController }])).toThrow(message);
      // The others are not the reason.
      Reflect.deleteMetadata(METHOD_METADATA, OddController.prototype[method]);
      expect(() => known(() => [{ instance, metatype: OddController }])).not.toThrow();
    });
  });
});
