import { NOW, REPLICATION_ID, type RedisScript } from './script.js';

/**
 * Reads the log from the record that was read last, which is returned again if the log still has it. Fails whenever an append
 * would fail (memory is full, a permission is missing), because the writes of other replicas are not in the log then.
 * KEYS: log, a stream that never exists. ARGV: the id of that record, the maximum number of records.
 * Returns Redis' clock, the replication id, and the records.
 */
export const READ_LOG: RedisScript = {
  name: 'gatewayReadLog',
  keys: 2,
  lua: `${REPLICATION_ID}${NOW}
redis.call('XADD', KEYS[2], 'NOMKSTREAM', '*', 'record', '')
return { now, replicationId, redis.call('XRANGE', KEYS[1], ARGV[1], '+', 'COUNT', ARGV[2]) }`,
};

/**
 * Appends a record, and trims those that are older than anything that depends on them. KEYS: log.
 * ARGV: the record, the retention time in milliseconds, the maximum number of records. Returns the id of the record.
 */
export const APPEND_TO_LOG: RedisScript = {
  name: 'gatewayAppendToLog',
  keys: 1,
  lua: `${NOW}
if redis.call('XLEN', KEYS[1]) >= tonumber(ARGV[3]) then redis.call('XTRIM', KEYS[1], 'MAXLEN', '~', ARGV[3]) end
return redis.call('XADD', KEYS[1], 'MINID', '~', string.format('%d', now - ARGV[2]), '*', 'record', ARGV[1])`,
};
