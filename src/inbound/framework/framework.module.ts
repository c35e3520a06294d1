import { Module } from '@nestjs/common';
import { APP_FILTER, APP_INTERCEPTOR, APP_PIPE, DiscoveryModule } from '@nestjs/core';
import { InputPipe } from '../../http/input/input.pipe.js';
import { IdempotencyModule } from '../../idempotency/idempotency.module.js';
import { RouteTable } from '../routing/route-table.js';
import { OperationSteps } from '../steps/operation-steps.js';
import { OperationInterceptor } from './operation.interceptor.js';
import { ProblemFilter } from './problem.filter.js';

/**
 * Everything that Nest runs around the methods of controllers, in the order in which it runs. There are no guards, because
 * permissions are the first of the steps that the interceptor runs.
 */
@Module({
  imports: [DiscoveryModule, IdempotencyModule],
  providers: [
    OperationSteps,
    RouteTable,
    { provide: APP_INTERCEPTOR, useClass: OperationInterceptor },
    { provide: APP_PIPE, useClass: InputPipe },
    { provide: APP_FILTER, useClass: ProblemFilter },
  ],
  exports: [RouteTable],
})
export class FrameworkModule {}
