import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';

export interface Stoppable {
  readonly logger: Logger;
  /** Reports the process as not ready; new requests are still accepted. */
  drain(): void;
  /** Stops listening and resolves when the requests in flight are answered. */
  close(): Promise<void>;
}

export interface ShutdownTimes {
  readonly shutdownDelayMs: number;
  readonly shutdownGraceMs: number;
}

/**
 * Shuts down on the first signal: load balancers get time to notice, then requests in flight get time to finish. A second
 * signal ends the process at once, and so does any signal before the start is complete.
 * @returns a function to call with what has to be stopped, once it runs
 */
export function shutDownOnSignals({ shutdownDelayMs, shutdownGraceMs }: ShutdownTimes): (started: Stoppable) => void {
  let running: Stoppable | undefined;
  let stopping = false;

  const stop = async (signal: NodeJS.Signals, { logger, drain, close }: Stoppable): Promise<void> => {
    drain();
    // Ctrl-C comes from somebody who waits, and no load balancer has to notice.
    const delayMs = signal === 'SIGTERM' ? shutdownDelayMs : 0;
    logger.info(`${signal}: not ready any more; new requests are accepted for ${delayMs} ms`);
    if (delayMs > 0) await pause(delayMs);
    logger.info(`no new requests; those in flight have ${shutdownGraceMs} ms to finish`);
    setTimeout(() => {
      logger.error('requests were still in flight when the grace period ended');
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
