import type { Entries } from '../cache/entries.js';
import type { Epochs } from '../cache/epochs.js';
import { type Exchange, pipe } from './exchange.js';
import { MachineToken, type MachineTokenOptions } from './machine-token.js';
import { authorize } from './stages/authorize.stage.js';
import { believable } from './stages/believable.stage.js';
import { cached } from './stages/cached.stage.js';
import { coalesce } from './stages/coalesce.stage.js';
import { observe, type Observer } from './stages/observe.stage.js';
import { refusals } from './stages/refusals.stage.js';
import { timeout } from './stages/timeout.stage.js';

export interface PipelineOptions {
  /** One attempt may take this long. */
  readonly timeoutMs: number;
  readonly entries: Entries;
  readonly epochs: Epochs;
  readonly observer: Observer;
  readonly token: Omit<MachineTokenOptions, 'send'>;
  readonly transport: Exchange;
}

/** The whole way to Logto, in the order a request meets it. */
export const createPipeline = ({ timeoutMs, entries, epochs, observer, token, transport }: PipelineOptions) => {
  const machineToken = new MachineToken({ ...token, send: pipe(believable, timeout(timeoutMs))(transport) });
  const logto = pipe(
    refusals,
    observe(observer),
    cached(entries, epochs),
    coalesce(epochs.of),
    authorize(machineToken),
    believable,
    timeout(timeoutMs),
  )(transport);
  return { logto, machineToken };
};
