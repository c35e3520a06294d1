import type { Fault } from './config-error.js';
import { SANDBOX } from './kinds/urls.js';
import { textOf } from './read-settings.js';
import { settings } from './settings.js';
import { shown } from './shown.js';

const credentials = ['LOGTO_CLIENT_ID', 'LOGTO_CLIENT_SECRET'] as const;
const neededByLogto = [...credentials, 'AUTH_AUDIENCE'] as const;

/** What no variable can say alone: a real Logto needs four of them, the sandbox none. */
export function upstreamFaults(env: NodeJS.ProcessEnv): Fault[] {
  const endpoint = textOf(env, 'LOGTO_ENDPOINT');
  if (endpoint === SANDBOX) return [];
  return endpoint === undefined ? sandboxFaults(env) : logtoFaults(env);
}

const logtoFaults = (env: NodeJS.ProcessEnv): Fault[] =>
  neededByLogto
    .filter((name) => textOf(env, name) === undefined)
    .map((name) => ({
      name,
      given: undefined,
      expected: `${settings[name].kind.expected}, because LOGTO_ENDPOINT is set`,
    }));

function sandboxFaults(env: NodeJS.ProcessEnv): Fault[] {
  const stray = credentials.flatMap((name): Fault[] => {
    const given = textOf(env, name);
    return given === undefined
      ? []
      : [
          {
            name,
            given: shown(given, 'secret' in settings[name]),
            expected: 'LOGTO_ENDPOINT beside it, the address of your Logto',
          },
        ];
  });
  if (textOf(env, 'NODE_ENV') !== 'production') return stray;
  const unasked: Fault = {
    name: 'LOGTO_ENDPOINT',
    given: undefined,
    expected: `the address of your Logto, because NODE_ENV is production (LOGTO_ENDPOINT=${SANDBOX} asks for the sandbox by name)`,
  };
  return [unasked, ...stray];
}
