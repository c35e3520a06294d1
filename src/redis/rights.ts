import type { Config } from '../config/config.js';
import { PAUSE_BUDGET, TAKE_BUDGET } from './scripts/budget.js';
import { ADD_EVENT, ACKNOWLEDGE_EVENT, REMOVE_CONSUMER, NEXT_EVENT } from './scripts/events.js';
import { RELEASE, RENEW, REPLACE, TAKE } from './scripts/lease.js';
import { PROBE } from './scripts/probe.js';
import type { RedisScript } from './scripts/script.js';
import { APPEND_TO_LOG, READ_LOG } from './scripts/write-log.js';

const ALWAYS = [PROBE, READ_LOG, APPEND_TO_LOG, TAKE, RENEW, REPLACE, RELEASE];
const BUDGET = [TAKE_BUDGET, PAUSE_BUDGET];
const EVENTS = [ADD_EVENT, NEXT_EVENT, ACKNOWLEDGE_EVENT, REMOVE_CONSUMER];

export const SCRIPTS: readonly RedisScript[] = [...ALWAYS, ...BUDGET, ...EVENTS];

const commandsOf = (scripts: readonly RedisScript[]): string[] =>
  scripts.flatMap(({ lua }) => [...lua.matchAll(/redis\.p?call\('(\w+)'/g)].map(([, name = '']) => name.toLowerCase()));

/** The commands that a gateway with these settings sends, by their names in ACL rules. */
export const rightsFor = ({ limits, upstream, events }: Pick<Config, 'limits' | 'upstream' | 'events'>): string[] => [
  ...new Set([
    'eval',
    'evalsha',
    'get',
    'set',
    ...commandsOf(ALWAYS),
    // Sent by rate-limiter-flexible.
    ...(limits.callers ? ['incrby', 'pttl', 'expire'] : []),
    ...(upstream.budget ? commandsOf(BUDGET) : []),
    ...(events ? commandsOf(EVENTS) : []),
  ]),
];
