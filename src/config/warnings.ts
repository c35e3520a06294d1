import { SANDBOX } from './kinds/urls.js';
import { misspellings } from './misspellings.js';
import { textOf } from './read-settings.js';
import { settings } from './settings.js';

/** What is not wrong enough to stop the start, but would surprise whoever set it. */
export function warningsAbout(env: NodeJS.ProcessEnv): string[] {
  return [...misspellings(env, Object.keys(settings)), ...withoutEffect(env)];
}

function withoutEffect(env: NodeJS.ProcessEnv): string[] {
  return ['LOGTO_CLIENT_ID', 'LOGTO_CLIENT_SECRET']
    .filter((name) => textOf(env, 'LOGTO_ENDPOINT') === SANDBOX && textOf(env, name))
    .map((name) => `${name} has no effect: LOGTO_ENDPOINT=${SANDBOX} brings a client of its own.`);
}
