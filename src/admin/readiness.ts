import { Inject, Injectable, Logger } from '@nestjs/common';
import type { Config } from '../config/config.js';
import { CONFIG } from '../config/config.token.js';
import { Problem } from '../http/problems/problem.js';
import { problemOf } from '../http/problems/problem-of.js';
import { Drain } from '../process/drain.js';
import { MachineToken } from '../upstream/stages/machine-token.js';
import type { UpstreamFault } from '../core/faults.js';
import { Health } from '../observability/health.js';
import { LogtoCheck } from './logto-check.js';
import { LogtoStatusUpstream } from './logto-status.upstream.js';

const log = new Logger('Readiness');

const report = (fault: UpstreamFault | undefined): void =>
  fault ? log.warn(`Logto is not usable: ${fault.code}: ${fault.message}`) : log.debug('Logto is usable');

/** Whether this process is ready to serve requests. */
@Injectable()
export class Readiness {
  readonly #requires: Config['readyRequires'];
  readonly #logto: LogtoCheck;

  constructor(
    @Inject(CONFIG) { readyRequires }: Config,
    private readonly drain: Drain,
    health: Health,
    token: MachineToken,
    status: LogtoStatusUpstream,
  ) {
    this.#requires = readyRequires;
    this.#logto = new LogtoCheck(async () => {
      await token.get();
      await status.check();
    }, report);
    health.report('logto', () => this.#logto.detail);
  }

  /** Why the process is not ready; undefined when it is. */
  async problem(): Promise<Problem | undefined> {
    if (this.drain.begun)
      return new Problem('overloaded', 'The gateway is shutting down.', {
        code: 'shutting_down',
        headers: { 'Retry-After': '5' },
      });
    // The check runs in any case, so that the details are current.
    const check = this.#logto.fault();
    if (this.#requires === 'nothing' || (this.#requires === 'logto-once' && this.#logto.hasSucceeded)) return undefined;
    const fault = await check;
    return fault && problemOf(fault);
  }
}
