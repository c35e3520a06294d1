import { ConfigError } from './config/config-error.js';
import { readConfig } from './config/read-config.js';
import { createGateway } from './gateway.js';
import { greeting } from './greeting.js';
import { createLogger } from './observability/logger.js';
import { endOnSignals } from './process/end-on-signals.js';
import { endOnUncaught } from './process/end-on-uncaught.js';

const isAddressInUse = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';

/** What the operator can mend is said in a sentence that ends with the next step, without a stack. */
const explain = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  if (isAddressInUse(error)) return `${error.message}. Stop what listens there, or choose another PORT.`;
  return error instanceof ConfigError || isAddressInUse(error.cause) ? error.message : (error.stack ?? error.message);
};

try {
  const config = readConfig(process.env);
  const logger = createLogger(config.logLevel);
  endOnUncaught(logger);
  const attend = endOnSignals(config);
  const gateway = await createGateway(config, logger);
  attend(gateway);
  for (const warning of config.warnings) logger.warn(warning);
  process.stdout.write(greeting(gateway));
} catch (error) {
  process.stderr.write(`${explain(error)}\n`);
  process.exit(1);
}
