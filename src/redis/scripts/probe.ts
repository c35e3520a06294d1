import type { RedisScript } from './script.js';

/**
 * Finds out whether Redis can be written, for one that can only be read is no use here, and which of some commands the user may
 * not use; a Redis before 7.0 does not tell. KEYS: something to write. ARGV: the commands. Gives those it may not use.
 */
export const PROBE: RedisScript = {
  name: 'gatewayProbe',
  keys: 1,
  lua: `
local lacking = {}
for _, command in ipairs(ARGV) do
  local told, may = pcall(redis.acl_check_cmd, command, command == 'xgroup' and 'create' or KEYS[1], KEYS[1])
  if told and not may then
    table.insert(lacking, command)
    lacking[command] = true
  end
end
if not lacking.set then redis.call('SET', KEYS[1], '1', 'PX', 1000) end
return lacking`,
};
