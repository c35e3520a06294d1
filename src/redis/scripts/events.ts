import type { RedisScript } from './script.js';

/** Adds an event; the oldest make room. KEYS: queue. ARGV: the event, how many at most. Gives how many were dropped, and its id. */
export const ADD_EVENT: RedisScript = {
  name: 'gatewayAddEvent',
  keys: 1,
  lua: `
local dropped = 0
if redis.call('XLEN', KEYS[1]) >= tonumber(ARGV[2]) then
  dropped = redis.call('XTRIM', KEYS[1], 'MAXLEN', tonumber(ARGV[2]) - 1)
end
return { dropped, redis.call('XADD', KEYS[1], '*', 'event', ARGV[1]) }`,
};

/**
 * What this consumer holds; else what a dead one held; else a new one. Asking for what one holds keeps others off it.
 * KEYS: queue. ARGV: group, consumer, the id it holds, when a consumer counts as dead in milliseconds. Gives length,
 * event, and the oldest there is.
 */
export const NEXT_EVENT: RedisScript = {
  name: 'gatewayNextEvent',
  keys: 1,
  lua: `
local group, consumer, held = ARGV[1], ARGV[2], ARGV[3]
redis.pcall('XGROUP', 'CREATE', KEYS[1], group, '0', 'MKSTREAM')
local entries = {}
if held ~= '' then entries = redis.call('XCLAIM', KEYS[1], group, consumer, 0, held) end
if #entries == 0 then
  entries = redis.call('XAUTOCLAIM', KEYS[1], group, consumer, ARGV[4], '0-0', 'COUNT', 1)[2]
end
if #entries == 0 then
  local fresh = redis.call('XREADGROUP', 'GROUP', group, consumer, 'COUNT', 1, 'STREAMS', KEYS[1], '>')
  if fresh then entries = fresh[1][2] end
end
return { redis.call('XLEN', KEYS[1]), entries, redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1) }`,
};

/** An event was taken. KEYS: queue. ARGV: group, id. Gives how many are left. */
export const FINISH_EVENT: RedisScript = {
  name: 'gatewayFinishEvent',
  keys: 1,
  lua: `
redis.call('XACK', KEYS[1], ARGV[1], ARGV[2])
redis.call('XDEL', KEYS[1], ARGV[2])
return redis.call('XLEN', KEYS[1])`,
};

/**
 * A consumer leaves. Others would take over what it holds only after a while: put back anew they see it at once.
 * KEYS: queue. ARGV: group, consumer, the id it holds, that event.
 */
export const LEAVE_EVENTS: RedisScript = {
  name: 'gatewayLeaveEvents',
  keys: 1,
  lua: `
local group, consumer, held, body = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
if held ~= '' and redis.call('XDEL', KEYS[1], held) == 1 then redis.call('XADD', KEYS[1], '*', 'event', body) end
redis.pcall('XACK', KEYS[1], group, held)
return redis.pcall('XGROUP', 'DELCONSUMER', KEYS[1], group, consumer)`,
};
