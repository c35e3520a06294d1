import { Controller, Get, Module } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA, ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { DiscoveryModule, DiscoveryService, MetadataScanner, NestFactory } from '@nestjs/core';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import { getMetadataStorage } from 'class-validator';
import { DeclaredRoutes } from '../../src/access/declared-routes.js';
import { ANYONE } from '../../src/access/permissions.js';
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
});
