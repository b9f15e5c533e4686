-- Needs shared/postings.lua.
-- KEYS index blocks   ARGV width term...
-- Returns the lowest posting of each term, empty if it has none.
local width, found = tonumber(ARGV[1]), {}
for i, value in ipairs(redis.call('HMGET', KEYS[1], unpack(ARGV, 2))) do
  local lowest, has_blocks = latest_of(value, width)
  if has_blocks then
    local last = '[' .. ARGV[i + 1] .. string.rep('\255', width)
    local name = redis.call('ZRANGEBYLEX', KEYS[2], '[' .. ARGV[i + 1], last, 'LIMIT', 0, 1)[1]
    lowest = name and redis.call('HGET', KEYS[1], name) or lowest
  end
  found[i] = string.sub(lowest, 1, width)
end
return found
