// Nest with a cached controller as in its documentation: the stock CacheInterceptor, no token, no log, no metrics. It uses the
// gateway's copy of Nest, so that both are measured with the same version.
import 'reflect-metadata';
import { CacheInterceptor, CacheModule } from '@nestjs/cache-manager';
import { Controller, Get, Param, UseInterceptors } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';

const { PORT, UPSTREAM } = process.env;

class OrganizationsController {
  async get(id) {
    const answer = await fetch(`${UPSTREAM}/api/organizations/${id}`);
    return answer.json();
  }
}
Controller('api/organizations')(OrganizationsController);
const method = Object.getOwnPropertyDescriptor(OrganizationsController.prototype, 'get');
Get(':id')(OrganizationsController.prototype, 'get', method);
Param('id')(OrganizationsController.prototype, 'get', 0);
UseInterceptors(CacheInterceptor)(OrganizationsController);

const imports = [CacheModule.register({ ttl: 600_000 })];
// oxlint-disable-next-line typescript/no-extraneous-class -- Nest's modules are empty classes, and a decorator would need a compiler.
const root = { module: class {}, imports, controllers: [OrganizationsController] };
const app = await NestFactory.create(root, { logger: false });
await app.listen(Number(PORT), '127.0.0.1');
