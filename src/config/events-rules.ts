import type { Fault } from './config-error.js';
import { textOf } from './read-settings.js';
import { settings } from './settings.js';
import { redacted } from './redacted.js';

const URL_NAME = 'EVENTS_WEBHOOK_URL';
const KEY_NAME = 'EVENTS_WEBHOOK_SIGNING_KEY';

/** URL and key are needed together: events are never sent unsigned, and a key alone would look as if events were sent. */
export function eventsFaults(env: NodeJS.ProcessEnv): Fault[] {
  const [url, key] = [textOf(env, URL_NAME), textOf(env, KEY_NAME)];
  if (url !== undefined && key === undefined)
    return [
      { name: KEY_NAME, given: undefined, expected: `${settings[KEY_NAME].kind.expected}, because ${URL_NAME} is set` },
    ];
  if (url === undefined && key !== undefined)
    return [
      { name: KEY_NAME, given: redacted(key, true), expected: `${URL_NAME} to be set too, where events are sent` },
    ];
  return [];
}
