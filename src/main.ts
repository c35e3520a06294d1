import { ConfigError } from './config/config-error.js';
import { readConfig } from './config/read-config.js';
import { createGateway } from './gateway.js';
import { greeting } from './greeting.js';
import { createLogger } from './observability/logger.js';
import { exitOnUncaught } from './process/exit-on-uncaught.js';
import { shutDownOnSignals } from './process/shut-down-on-signals.js';

const isAddressInUse = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';

/** Errors that the operator can fix are explained in one sentence, without a stack trace. */
const explain = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  if (isAddressInUse(error)) return `${error.message}. Stop the process that listens there, or set another PORT.`;
  return error instanceof ConfigError || isAddressInUse(error.cause) ? error.message : (error.stack ?? error.message);
};

try {
  const config = readConfig();
  const logger = createLogger(config.logLevel);
  exitOnUncaught(logger);
  const onStarted = shutDownOnSignals(config);
  const gateway = await createGateway(config, logger);
  onStarted(gateway);
  for (const warning of config.warnings) logger.warn(warning);
  process.stdout.write(greeting(gateway));
} catch (error) {
  process.stderr.write(`${explain(error)}\n`);
  process.exit(1);
}
