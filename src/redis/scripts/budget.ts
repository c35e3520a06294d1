import { NOW, type RedisScript } from './script.js';

/**
 * Refills the bucket, then takes a token and returns 0, or returns in how many milliseconds there may be one. KEYS: bucket.
 * ARGV: capacity, tokens refilled per millisecond, the number of tokens that must be there, TTL.
 */
export const TAKE_BUDGET: RedisScript = {
  name: 'gatewayTakeBudget',
  keys: 1,
  lua: `${NOW}
local capacity, perMs, needs = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local stored = redis.call('HMGET', KEYS[1], 'tokens', 'countedAt', 'pausedUntil')
local tokens = math.min(capacity, (tonumber(stored[1]) or capacity) + math.max(0, now - (tonumber(stored[2]) or now)) * perMs)
local wait = math.max(0, (tonumber(stored[3]) or 0) - now)
if wait == 0 and tokens < needs then wait = math.ceil((needs - tokens) / perMs) end
if wait == 0 then tokens = tokens - 1 end
redis.call('HSET', KEYS[1], 'tokens', tostring(tokens), 'countedAt', now)
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[4]) then redis.call('PEXPIRE', KEYS[1], ARGV[4]) end
return wait`,
};

/** Gives out no tokens for a while. KEYS: bucket. ARGV: the time, and the TTL after it, in milliseconds. */
export const PAUSE_BUDGET: RedisScript = {
  name: 'gatewayPauseBudget',
  keys: 1,
  lua: `${NOW}
local till = now + tonumber(ARGV[1])
if till > (tonumber(redis.call('HGET', KEYS[1], 'pausedUntil')) or 0) then redis.call('HSET', KEYS[1], 'pausedUntil', till) end
redis.call('PEXPIRE', KEYS[1], tonumber(ARGV[1]) + tonumber(ARGV[2]))`,
};
