import type { Config } from '../config/config.js';
import { PAUSE_BUDGET, TAKE_BUDGET } from './scripts/budget.js';
import { ADD_EVENT, FINISH_EVENT, LEAVE_EVENTS, NEXT_EVENT } from './scripts/events.js';
import { RELEASE, RENEW, REPLACE, TAKE } from './scripts/lease.js';
import { PROBE } from './scripts/probe.js';
import type { RedisScript } from './scripts/script.js';
import { APPEND, LOOK } from './scripts/write-log.js';

const ALWAYS = [PROBE, LOOK, APPEND, TAKE, RENEW, REPLACE, RELEASE];
const BUDGET = [TAKE_BUDGET, PAUSE_BUDGET];
const EVENTS = [ADD_EVENT, NEXT_EVENT, FINISH_EVENT, LEAVE_EVENTS];

export const SCRIPTS: readonly RedisScript[] = [...ALWAYS, ...BUDGET, ...EVENTS];

const commandsOf = (scripts: readonly RedisScript[]): string[] =>
  scripts.flatMap(({ lua }) => [...lua.matchAll(/redis\.p?call\('(\w+)'/g)].map(([, name = '']) => name.toLowerCase()));

/** The commands that a gateway with these settings sends, as ACL rules name them. */
export const rightsFor = ({ limits, upstream, events }: Pick<Config, 'limits' | 'upstream' | 'events'>): string[] => [
  ...new Set([
    'eval',
    'evalsha',
    'get',
    'set',
    ...commandsOf(ALWAYS),
    // What rate-limiter-flexible sends.
    ...(limits.callers ? ['incrby', 'pttl', 'expire'] : []),
    ...(upstream.budget ? commandsOf(BUDGET) : []),
    ...(events ? commandsOf(EVENTS) : []),
  ]),
];
