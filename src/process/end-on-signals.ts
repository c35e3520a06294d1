import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';

export interface Stoppable {
  readonly logger: Logger;
  /** Says to everyone who asks that this process takes no more requests, and still takes them. */
  drain(): void;
  /** Stops listening and resolves when the requests under way are answered. */
  close(): Promise<void>;
}

export interface Patience {
  readonly shutdownDelayMs: number;
  readonly shutdownGraceMs: number;
}

/**
 * Stops on the first signal: whoever sends requests has time to notice, then those under way have time to finish. A second
 * signal ends the process at once, and so does any while there is nothing to stop yet.
 * @returns takes what is to be stopped, once it runs
 */
export function endOnSignals({ shutdownDelayMs, shutdownGraceMs }: Patience): (running: Stoppable) => void {
  let running: Stoppable | undefined;
  let stopping = false;

  const stop = async (signal: NodeJS.Signals, { logger, drain, close }: Stoppable): Promise<void> => {
    drain();
    // Who types Ctrl-C waits for it; nobody else is there to notice.
    const delayMs = signal === 'SIGTERM' ? shutdownDelayMs : 0;
    logger.info(`${signal}: not ready any more; new requests are taken for ${delayMs} ms`);
    if (delayMs > 0) await pause(delayMs);
    logger.info(`no new requests; those under way have ${shutdownGraceMs} ms to finish`);
    setTimeout(() => {
      logger.error('requests were still under way when the grace period ended');
      process.exit(1);
    }, shutdownGraceMs).unref();
    await close();
    process.exit(0);
  };

  const onSignal = (signal: NodeJS.Signals): void => {
    if (stopping || !running) process.exit(1);
    stopping = true;
    void stop(signal, running);
  };
  process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
  return (started) => {
    running = started;
  };
}
