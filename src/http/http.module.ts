import { Module } from '@nestjs/common';
import { APP_FILTER, APP_INTERCEPTOR, APP_PIPE } from '@nestjs/core';
import { AcceptInterceptor } from './accept.interceptor.js';
import { BodyInterceptor } from './body.interceptor.js';
import { InputPipe } from './input.pipe.js';
import { ProblemFilter } from './problem.filter.js';
import { ProblemPagesController } from './problem-pages.controller.js';

/** How requests are read and answered, the same for every route. Interceptors run in the order they stand here. */
@Module({
  controllers: [ProblemPagesController],
  providers: [
    { provide: APP_INTERCEPTOR, useClass: AcceptInterceptor },
    { provide: APP_INTERCEPTOR, useClass: BodyInterceptor },
    { provide: APP_PIPE, useClass: InputPipe },
    { provide: APP_FILTER, useClass: ProblemFilter },
  ],
})
export class HttpModule {}
