import { Inject, Injectable, Logger } from '@nestjs/common';
import type { Config } from '../config/config.js';
import { CONFIG } from '../config/config.token.js';
import { Problem } from '../http/problem.js';
import { problemOf } from '../http/problem-of.js';
import { Drain } from '../process/drain.js';
import { MachineToken } from '../upstream/machine-token.js';
import type { UpstreamFault } from '../upstream/upstream-fault.js';
import { Health } from './health.js';
import { LogtoCheck } from './logto-check.js';
import { LogtoStatusUpstream } from './logto-status.upstream.js';

const log = new Logger('Readiness');

const report = (fault: UpstreamFault | undefined): void =>
  fault ? log.warn(`Logto cannot be worked with: ${fault.code}: ${fault.message}`) : log.debug('Logto answers');

/** Whether requests are to be sent to this process. */
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
      await token.current();
      await status.ask();
    }, report);
    health.report('logto', () => this.#logto.detail);
  }

  /** Why none are; undefined when they are. */
  async objection(): Promise<Problem | undefined> {
    if (this.drain.begun)
      return new Problem('overloaded', 'The gateway is shutting down.', {
        code: 'shutting_down',
        headers: { 'Retry-After': '5' },
      });
    const asked = this.#logto.fault();
    if (this.#requires === 'nothing' || (this.#requires === 'logto-once' && this.#logto.everWell)) return undefined;
    const fault = await asked;
    return fault && problemOf(fault);
  }
}
