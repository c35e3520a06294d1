/** A script as `defineCommand` takes it. All keys of one script lie in one slot of a cluster. */
export interface RedisScript {
  /** The command it becomes. */
  readonly name: string;
  readonly keys: number;
  readonly lua: string;
}

/**
 * Lua that finds out whose data this is: the id of the server's replication history, which changes when it restarts, fails
 * over or is made a replica. Empty where the user may not ask (INFO).
 */
export const HISTORY = `
local info = redis.pcall('INFO', 'replication')
local history = type(info) == 'string' and string.match(info, 'master_replid:(%x+)') or ''`;

/** Lua for Redis' own clock in milliseconds. */
export const NOW = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)`;
