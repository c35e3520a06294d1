import type { Fault } from './config-error.js';
import { SANDBOX } from './kinds/urls.js';
import { textOf } from './read-settings.js';
import { settings } from './settings.js';
import { redacted } from './redacted.js';

const credentials = ['LOGTO_CLIENT_ID', 'LOGTO_CLIENT_SECRET'] as const;
const requiredForLogto = [...credentials, 'AUTH_AUDIENCE'] as const;

/** Faults that concern several variables together: a real Logto needs four of them, the sandbox none. */
export function upstreamFaults(env: NodeJS.ProcessEnv): Fault[] {
  const endpoint = textOf(env, 'LOGTO_ENDPOINT');
  if (endpoint === SANDBOX) return [];
  return endpoint === undefined ? sandboxFaults(env) : logtoFaults(env);
}

const logtoFaults = (env: NodeJS.ProcessEnv): Fault[] =>
  requiredForLogto
    .filter((name) => textOf(env, name) === undefined)
    .map((name) => ({
      name,
      given: undefined,
      expected: `${settings[name].kind.expected}, because LOGTO_ENDPOINT is set`,
    }));

function sandboxFaults(env: NodeJS.ProcessEnv): Fault[] {
  const unused = credentials.flatMap((name): Fault[] => {
    const given = textOf(env, name);
    return given === undefined
      ? []
      : [
          {
            name,
            given: redacted(given, 'secret' in settings[name]),
            expected: 'LOGTO_ENDPOINT to be set too, the URL of your Logto',
          },
        ];
  });
  if (textOf(env, 'NODE_ENV') !== 'production') return unused;
  const missing: Fault = {
    name: 'LOGTO_ENDPOINT',
    given: undefined,
    expected: `the URL of your Logto, because NODE_ENV is production (LOGTO_ENDPOINT=${SANDBOX} starts the sandbox in production too)`,
  };
  return [missing, ...unused];
}
