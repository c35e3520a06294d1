import { Global, Logger, Module, type OnApplicationShutdown } from '@nestjs/common';
import type { Config } from '../config/config.js';
import { CONFIG } from '../config/config.token.js';
import { Health } from '../observability/health.js';
import { Drain } from './drain.js';
import { Overload } from './overload.js';

const log = new Logger('Overload');

const report = (overloaded: boolean): void =>
  overloaded
    ? log.warn('the event loop is late: requests are refused')
    : log.warn('the event loop is on time: requests are accepted again');

/** The state of this process. Global, because everything that answers requests depends on it. */
@Global()
@Module({
  providers: [
    Drain,
    {
      provide: Overload,
      inject: [CONFIG, Health],
      useFactory: ({ overloadDelayMs }: Config, health: Health) => {
        const overload = new Overload(overloadDelayMs, report);
        health.report('overload', () => ({
          status: overload.refused > 0 ? 'overloaded' : 'ok',
          refused: overload.refused,
        }));
        return overload;
      },
    },
  ],
  exports: [Drain, Overload],
})
export class ProcessModule implements OnApplicationShutdown {
  constructor(private readonly overload: Overload) {}

  onApplicationShutdown(): void {
    this.overload.stop();
  }
}
