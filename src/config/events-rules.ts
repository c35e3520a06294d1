import type { Fault } from './config-error.js';
import { textOf } from './read-settings.js';
import { settings } from './settings.js';
import { shown } from './shown.js';

const URL_NAME = 'EVENTS_WEBHOOK_URL';
const KEY_NAME = 'EVENTS_WEBHOOK_SIGNING_KEY';

/** Events are never sent unsigned, and a key alone would look as if they were sent. */
export function eventsFaults(env: NodeJS.ProcessEnv): Fault[] {
  const [url, key] = [textOf(env, URL_NAME), textOf(env, KEY_NAME)];
  if (url !== undefined && key === undefined)
    return [
      { name: KEY_NAME, given: undefined, expected: `${settings[KEY_NAME].kind.expected}, because ${URL_NAME} is set` },
    ];
  if (url === undefined && key !== undefined)
    return [{ name: KEY_NAME, given: shown(key, true), expected: `${URL_NAME} beside it, where the events go` }];
  return [];
}
