import { ConfigError } from './config-error.js';
import { deepFreeze } from './deep-freeze.js';
import { readSettings } from './read-settings.js';
import { sandboxIdentity } from './sandbox-identity.js';
import { settings } from './settings.js';

/** The configuration of the sandbox when it is started without the gateway. */
export interface SandboxConfig {
  readonly host: string;
  /** PORT; the default is that of SANDBOX_PORT. */
  readonly port: number;
  /** The gateway's API resource, which the sandbox is seeded with. */
  readonly audience: string;
  readonly latencyMs: number;
}

const sandboxSettings = {
  HOST: settings.HOST,
  PORT: { ...settings.PORT, default: settings.SANDBOX_PORT.default },
  AUTH_AUDIENCE: { ...settings.AUTH_AUDIENCE, default: sandboxIdentity.audience },
  SANDBOX_LATENCY_MS: settings.SANDBOX_LATENCY_MS,
} as const;

export function readSandboxConfig(env: NodeJS.ProcessEnv = process.env): SandboxConfig {
  const { values, faults } = readSettings(sandboxSettings, env);
  if (faults.length > 0) throw new ConfigError(faults);
  return deepFreeze({
    host: values.HOST,
    port: values.PORT,
    audience: values.AUTH_AUDIENCE,
    latencyMs: values.SANDBOX_LATENCY_MS,
  });
}
