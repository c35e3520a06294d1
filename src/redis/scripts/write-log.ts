import { HISTORY, NOW, type RedisScript } from './script.js';

/**
 * The log from the record on that the reader read last, which comes first again if the log still has it. Refused whenever an
 * append would be (memory is full, a right is missing): what others write is in no log then.
 * KEYS: log, a stream that is never there. ARGV: that record's id, how many records at most. Gives clock, history, records.
 */
export const LOOK: RedisScript = {
  name: 'gatewayLook',
  keys: 2,
  lua: `${HISTORY}${NOW}
redis.call('XADD', KEYS[2], 'NOMKSTREAM', '*', 'record', '')
return { now, history, redis.call('XRANGE', KEYS[1], ARGV[1], '+', 'COUNT', ARGV[2]) }`,
};

/**
 * Appends a record, and drops what is older than anything that hangs on it. KEYS: log.
 * ARGV: the record, how long records are kept in milliseconds, how many at most. Gives the record's id.
 */
export const APPEND: RedisScript = {
  name: 'gatewayAppend',
  keys: 1,
  lua: `${NOW}
if redis.call('XLEN', KEYS[1]) >= tonumber(ARGV[3]) then redis.call('XTRIM', KEYS[1], 'MAXLEN', '~', ARGV[3]) end
return redis.call('XADD', KEYS[1], 'MINID', '~', string.format('%d', now - ARGV[2]), '*', 'record', ARGV[1])`,
};
