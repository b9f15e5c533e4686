-- Needs shared/rank_sources.lua.
-- KEYS counts busiest named   ARGV most others
-- Returns name, first, copies of each named source, and then those of all others together.
-- As long as there is room, every source is named, the busiest first; a named one stays, so that no figure ever falls.
local counts, busiest, named, most, others = KEYS[1], KEYS[2], KEYS[3], tonumber(ARGV[1]), ARGV[2]
rank_all(counts, busiest)
local sources = redis.call('ZRANGE', busiest, 0, -1)
local number = redis.call('SCARD', named)
if number < most and number < #sources then
  for _, source in ipairs(sources) do
    if number >= most then break end
    if source ~= others then number = number + redis.call('SADD', named, source) end
  end
end
local found, rest = {}, {others, 0, 0}
for _, source in ipairs(sources) do
  local known = redis.call('HMGET', counts, 'first:' .. source, 'copies:' .. source)
  local first, copies = tonumber(known[1] or '0'), tonumber(known[2] or '0')
  if redis.call('SISMEMBER', named, source) == 1 then
    found[#found + 1] = {source, first, copies}
  else
    rest[2], rest[3] = rest[2] + first, rest[3] + copies
  end
end
found[#found + 1] = rest
return found
