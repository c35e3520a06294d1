import { Inject, Injectable } from '@nestjs/common';
import type { Logger } from 'pino';
import { Authorizer } from '../../access/authorizer.js';
import { WriteLog } from '../../cache/write-log.js';
import { pipe } from '../../core/pipe.js';
import type { OperationSpec } from '../../http/operation/operation.js';
import { IdempotencyStore } from '../../idempotency/idempotency.store.js';
import { LOGGER } from '../../observability/observability.tokens.js';
import { audit, auditLogger } from './audit.step.js';
import { awaitVisibility } from './await-visibility.step.js';
import { idempotent } from './idempotent.step.js';
import { negotiate } from './negotiate.step.js';
import { permit } from './permit.step.js';
import { readBody } from './read-body.step.js';
import type { Step } from './step.js';

/** The steps of every operation, for both `dispatch` and the framework. */
@Injectable()
export class OperationSteps {
  readonly #auditLog: Logger;
  readonly #known = new Map<OperationSpec, Step>();

  constructor(
    private readonly authorizer: Authorizer,
    private readonly writeLog: WriteLog,
    private readonly keys: IdempotencyStore,
    @Inject(LOGGER) logger: Logger,
  ) {
    this.#auditLog = auditLogger(logger);
  }

  of(operation: OperationSpec): Step {
    let step = this.#known.get(operation);
    if (!step) {
      step = pipe(...this.#inOrder(operation));
      this.#known.set(operation, step);
    }
    return step;
  }

  /** In the order in which a request meets them. Steps that an operation does not need are left out. */
  #inOrder(operation: OperationSpec): readonly Step[] {
    return [
      permit(operation, this.authorizer),
      negotiate(operation),
      readBody(operation),
      awaitVisibility(this.writeLog),
      idempotent(operation, this.keys),
      audit(operation, this.#auditLog),
    ].filter((step) => step !== undefined);
  }
}
