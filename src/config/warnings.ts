import { SANDBOX } from './kinds/urls.js';
import { misspellings } from './misspellings.js';
import { textOf } from './read-settings.js';
import { settings } from './settings.js';

/** Problems that do not prevent the start but would surprise the operator. */
export function configWarnings(env: NodeJS.ProcessEnv): string[] {
  return [...misspellings(env, Object.keys(settings)), ...ineffective(env)];
}

function ineffective(env: NodeJS.ProcessEnv): string[] {
  return ['LOGTO_CLIENT_ID', 'LOGTO_CLIENT_SECRET']
    .filter((name) => textOf(env, 'LOGTO_ENDPOINT') === SANDBOX && textOf(env, name))
    .map((name) => `${name} has no effect: LOGTO_ENDPOINT=${SANDBOX} has its own client.`);
}
