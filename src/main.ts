import { ConfigError } from './config/config-error.js';
import type { Config } from './config/config.js';
import { readConfig } from './config/read-config.js';
import { createGateway, type Gateway } from './gateway.js';
import { greeting } from './greeting.js';

const isAddressInUse = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';

/** What the operator can mend is said in a sentence that ends with the next step, without a stack. */
const explain = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  if (isAddressInUse(error)) return `${error.message}. Stop what listens there, or choose another PORT.`;
  return error instanceof ConfigError || isAddressInUse(error.cause) ? error.message : (error.stack ?? error.message);
};

const giveUp = (error: unknown): never => {
  process.stderr.write(`${explain(error)}\n`);
  process.exit(1);
};

/** Stops on the first signal: requests under way may finish inside the grace period. A second signal ends it at once. */
const stopOnSignals = ({ logger, close }: Gateway, { shutdownGraceMs }: Config): void => {
  let stopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    if (stopping) process.exit(1);
    stopping = true;
    logger.info(`${signal}: no new requests; those under way have ${shutdownGraceMs} ms to finish`);
    setTimeout(() => {
      logger.error('requests were still under way when the grace period ended');
      process.exit(1);
    }, shutdownGraceMs).unref();
    close().then(() => process.exit(0), giveUp);
  };
  process.on('SIGTERM', stop).on('SIGINT', stop);
};

try {
  const config = readConfig(process.env);
  const gateway = await createGateway(config);
  for (const warning of config.warnings) gateway.logger.warn(warning);
  stopOnSignals(gateway, config);
  process.stdout.write(greeting(gateway));
} catch (error) {
  giveUp(error);
}
