-- Needs shared/postings.lua.
-- KEYS index blocks   ARGV width term...
-- Returns the lowest posting of each term, empty if it has none.
local width, terms, found = tonumber(ARGV[1]), {unpack(ARGV, 2)}, {}
local values = read_terms(KEYS[1], terms, width)
for i, term in ipairs(terms) do
  local lowest, has_blocks = latest_of(values[i], width)
  if has_blocks then
    local last = '[' .. term .. string.rep('\255', width)
    local name = redis.call('ZRANGEBYLEX', KEYS[2], '[' .. term, last, 'LIMIT', 0, 1)[1]
    lowest = name and redis.call('HGET', KEYS[1], name) or lowest
  end
  found[i] = string.sub(lowest, 1, width)
end
return found
