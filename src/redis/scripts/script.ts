/** A script for ioredis' `defineCommand`. All its keys must be in one slot of a cluster. */
export interface RedisScript {
  /** The name of the ioredis command. */
  readonly name: string;
  readonly keys: number;
  readonly lua: string;
}

/**
 * Lua that reads the replication id, which identifies the data set: it changes when the server restarts, fails over or becomes
 * a replica. Empty when the user may not run INFO.
 */
export const REPLICATION_ID = `
local info = redis.pcall('INFO', 'replication')
local replicationId = type(info) == 'string' and string.match(info, 'master_replid:(%x+)') or ''`;

/** Lua that reads Redis' clock in milliseconds. */
export const NOW = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)`;
