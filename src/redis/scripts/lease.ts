import { HISTORY, NOW, type RedisScript } from './script.js';

/**
 * Lua that tells how long no lease is granted yet: Redis was restarted, emptied or failed over, and whoever holds leases takes
 * them again first. Who may not ask whose data this is goes by what others have found. KEYS[2]: whose data this is, and since when.
 */
const SETTLING = (settleMs: string): string => `${HISTORY}${NOW}
local known = redis.call('HMGET', KEYS[2], 'history', 'since')
if history == '' then history = known[1] or '' end
if known[1] ~= history then
  redis.call('HSET', KEYS[2], 'history', history, 'since', string.format('%d', now))
  known[2] = now
end
local settling = math.max(0, tonumber(known[2]) + tonumber(${settleMs}) - now)`;

/**
 * Takes a lease that nobody has. KEYS: lease, history. ARGV: token, what to say with it, lifetime, how long to settle, whether
 * to leave a mark that somebody waits. Gives 1 when it was taken, else how long to wait for all to settle, or what is there.
 */
export const TAKE: RedisScript = {
  name: 'gatewayTakeLease',
  keys: 2,
  lua: `${SETTLING('ARGV[4]')}
local held = redis.call('GET', KEYS[1])
if held then
  if ARGV[5] == '1' and string.sub(held, -1) ~= '!' then redis.call('APPEND', KEYS[1], '!') end
  return held
end
if settling > 0 then return settling + 1 end
redis.call('SET', KEYS[1], ARGV[1] .. ARGV[2], 'PX', ARGV[3])
return 1`,
};

/**
 * Holds a lease for its full time from now on, and takes one again that Redis lost. KEYS: lease, history. ARGV: token, what
 * to say with it, lifetime, how long to settle. Gives 1 when it is held.
 */
export const RENEW: RedisScript = {
  name: 'gatewayRenewLease',
  keys: 2,
  lua: `${SETTLING('ARGV[4]')}
local held = redis.call('GET', KEYS[1])
if held then
  if string.sub(held, 1, #ARGV[1]) ~= ARGV[1] then return 0 end
  return redis.call('PEXPIRE', KEYS[1], ARGV[3])
end
if settling == 0 then return 0 end
redis.call('SET', KEYS[1], ARGV[1] .. ARGV[2], 'PX', ARGV[3])
return 1`,
};

/**
 * Puts something for good in the place of a lease, unless it is somebody else's. KEYS: lease. ARGV: token, the value, how long
 * it is kept. Gives 1 when it is there.
 */
export const REPLACE: RedisScript = {
  name: 'gatewayReplaceLease',
  keys: 1,
  lua: `
local held = redis.call('GET', KEYS[1])
if held and string.sub(held, 1, #ARGV[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1] .. ARGV[2], 'PX', ARGV[3])
return 1`,
};

/** Gives a lease back. KEYS: lease. ARGV: token. Gives 1 when somebody waits for it. */
export const RELEASE: RedisScript = {
  name: 'gatewayReleaseLease',
  keys: 1,
  lua: `
local held = redis.call('GET', KEYS[1])
if not held or string.sub(held, 1, #ARGV[1]) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1])
return string.sub(held, -1) == '!' and 1 or 0`,
};
