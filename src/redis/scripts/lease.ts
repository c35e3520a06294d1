import { NOW, REPLICATION_ID, type RedisScript } from './script.js';

/**
 * Lua for the grace period after Redis was restarted or emptied, or failed over: until it is over no lease is granted, so that
 * its previous holders can reclaim theirs first. A user who may not read the replication id relies on what others have stored.
 * KEYS[2]: hash with the replication id and the start of the period.
 */
const GRACE_PERIOD = (graceMs: string): string => `${REPLICATION_ID}${NOW}
local known = redis.call('HMGET', KEYS[2], 'history', 'since')
if replicationId == '' then replicationId = known[1] or '' end
if known[1] ~= replicationId then
  redis.call('HSET', KEYS[2], 'history', replicationId, 'since', string.format('%d', now))
  known[2] = now
end
local graceLeft = math.max(0, tonumber(known[2]) + tonumber(${graceMs}) - now)`;

/**
 * Takes a lease that is free. KEYS: lease, history. ARGV: token, note for others, TTL, grace period, whether to mark the lease as
 * awaited when it is taken. Returns 1 when it was granted, a number of milliseconds to wait for the grace period to end, or the
 * value of a lease that is taken.
 */
export const TAKE: RedisScript = {
  name: 'gatewayTakeLease',
  keys: 2,
  lua: `${GRACE_PERIOD('ARGV[4]')}
local held = redis.call('GET', KEYS[1])
if held then
  if ARGV[5] == '1' and string.sub(held, -1) ~= '!' then redis.call('APPEND', KEYS[1], '!') end
  return held
end
if graceLeft > 0 then return graceLeft + 1 end
redis.call('SET', KEYS[1], ARGV[1] .. ARGV[2], 'PX', ARGV[3])
return 1`,
};

/**
 * Extends a lease to its full TTL, and reclaims it in the grace period when Redis has lost it. KEYS: lease, history.
 * ARGV: token, note for others, TTL, grace period. Returns 1 when it is held.
 */
export const RENEW: RedisScript = {
  name: 'gatewayRenewLease',
  keys: 2,
  lua: `${GRACE_PERIOD('ARGV[4]')}
local held = redis.call('GET', KEYS[1])
if held then
  if string.sub(held, 1, #ARGV[1]) ~= ARGV[1] then return 0 end
  return redis.call('PEXPIRE', KEYS[1], ARGV[3])
end
if graceLeft == 0 then return 0 end
redis.call('SET', KEYS[1], ARGV[1] .. ARGV[2], 'PX', ARGV[3])
return 1`,
};

/** Replaces a lease by a value, unless somebody else holds it. KEYS: lease. ARGV: token, value, TTL. Returns 1 when it did. */
export const REPLACE: RedisScript = {
  name: 'gatewayReplaceLease',
  keys: 1,
  lua: `
local held = redis.call('GET', KEYS[1])
if held and string.sub(held, 1, #ARGV[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1] .. ARGV[2], 'PX', ARGV[3])
return 1`,
};

/** Releases a lease. KEYS: lease. ARGV: token. Returns 1 when somebody waits for it. */
export const RELEASE: RedisScript = {
  name: 'gatewayReleaseLease',
  keys: 1,
  lua: `
local held = redis.call('GET', KEYS[1])
if not held or string.sub(held, 1, #ARGV[1]) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1])
return string.sub(held, -1) == '!' and 1 or 0`,
};
