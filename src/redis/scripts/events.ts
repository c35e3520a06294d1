import { REPLICATION_ID, type RedisScript } from './script.js';

/**
 * Adds an event, and drops the oldest when the queue is full. KEYS: queue. ARGV: event, maximum length. Returns the number
 * dropped, the id, and the replication id.
 */
export const ADD_EVENT: RedisScript = {
  name: 'gatewayAddEvent',
  keys: 1,
  lua: `${REPLICATION_ID}
local dropped = 0
if redis.call('XLEN', KEYS[1]) >= tonumber(ARGV[2]) then
  dropped = redis.call('XTRIM', KEYS[1], 'MAXLEN', tonumber(ARGV[2]) - 1)
end
return { dropped, redis.call('XADD', KEYS[1], '*', 'event', ARGV[1]), replicationId }`,
};

/**
 * Returns the event that this consumer holds, or one of an idle consumer, or else a new one. Calling it again for a held event
 * resets its idle time. KEYS: queue. ARGV: group, consumer, the id it holds, the idle time in milliseconds after which an event
 * may be claimed. Returns the length, the event, the oldest event, whether the queue was new, and the replication id.
 */
export const NEXT_EVENT: RedisScript = {
  name: 'gatewayNextEvent',
  keys: 1,
  lua: `${REPLICATION_ID}
local group, consumer, held = ARGV[1], ARGV[2], ARGV[3]
local isNew = redis.pcall('XGROUP', 'CREATE', KEYS[1], group, '0', 'MKSTREAM').ok and 1 or 0
local entries = {}
if held ~= '' then entries = redis.call('XCLAIM', KEYS[1], group, consumer, 0, held) end
if #entries == 0 then
  entries = redis.call('XAUTOCLAIM', KEYS[1], group, consumer, ARGV[4], '0-0', 'COUNT', 1)[2]
end
if #entries == 0 then
  local fresh = redis.call('XREADGROUP', 'GROUP', group, consumer, 'COUNT', 1, 'STREAMS', KEYS[1], '>')
  if fresh then entries = fresh[1][2] end
end
local oldest = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)
return { redis.call('XLEN', KEYS[1]), entries, oldest, isNew, replicationId }`,
};

/** Removes a delivered event. KEYS: queue. ARGV: group, id. Returns the length. */
export const ACKNOWLEDGE_EVENT: RedisScript = {
  name: 'gatewayAcknowledgeEvent',
  keys: 1,
  lua: `
redis.call('XACK', KEYS[1], ARGV[1], ARGV[2])
redis.call('XDEL', KEYS[1], ARGV[2])
return redis.call('XLEN', KEYS[1])`,
};

/**
 * Removes a consumer. The event it holds is added again, so that others need not wait for its idle time.
 * KEYS: queue. ARGV: group, consumer, the id it holds, that event.
 */
export const REMOVE_CONSUMER: RedisScript = {
  name: 'gatewayRemoveConsumer',
  keys: 1,
  lua: `
local group, consumer, held, body = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
if held ~= '' and redis.call('XDEL', KEYS[1], held) == 1 then redis.call('XADD', KEYS[1], '*', 'event', body) end
redis.pcall('XACK', KEYS[1], group, held)
return redis.pcall('XGROUP', 'DELCONSUMER', KEYS[1], group, consumer)`,
};
