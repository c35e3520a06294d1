import type { RedisScript } from './script.js';

/**
 * Checks that Redis accepts writes, because a read-only one is of no use, and which commands the user may not run, which Redis
 * tells from 7.0 on. KEYS: a key to write. ARGV: the commands. Returns those that the user may not run.
 */
export const PROBE: RedisScript = {
  name: 'gatewayProbe',
  keys: 1,
  lua: `
local lacking = {}
for _, command in ipairs(ARGV) do
  local known, allowed = pcall(redis.acl_check_cmd, command, command == 'xgroup' and 'create' or KEYS[1], KEYS[1])
  if known and not allowed then
    table.insert(lacking, command)
    lacking[command] = true
  end
end
if not lacking.set then redis.call('SET', KEYS[1], '1', 'PX', 1000) end
return lacking`,
};
