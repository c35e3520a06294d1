import { ConfigError } from './config-error.js';
import { deepFreeze } from './deep-freeze.js';
import { readSettings } from './read-settings.js';
import { sandboxIdentity } from './sandbox-identity.js';
import { settings } from './settings.js';

/** What the sandbox needs to know when it is started alone, to stand in for a Logto on its own port. */
export interface SandboxConfig {
  readonly host: string;
  /** PORT, or else the port the sandbox has beside the gateway. */
  readonly port: number;
  /** The gateway's API resource the sandbox is seeded with. */
  readonly audience: string;
  readonly latencyMs: number;
}

const sandboxSettings = {
  HOST: settings.HOST,
  PORT: { ...settings.PORT, default: settings.SANDBOX_PORT.default },
  AUTH_AUDIENCE: { ...settings.AUTH_AUDIENCE, default: sandboxIdentity.audience },
  SANDBOX_LATENCY_MS: settings.SANDBOX_LATENCY_MS,
} as const;

export function readSandboxConfig(env: NodeJS.ProcessEnv): SandboxConfig {
  const { values, faults } = readSettings(sandboxSettings, env);
  if (faults.length > 0) throw new ConfigError(faults);
  return deepFreeze({
    host: values.HOST,
    port: values.PORT,
    audience: values.AUTH_AUDIENCE,
    latencyMs: values.SANDBOX_LATENCY_MS,
  });
}
