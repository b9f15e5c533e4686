-- Needs shared/rank_sources.lua.
-- KEYS counts busiest   ARGV after limit
-- Returns the names of the sources after this one, first, copies; at most `limit`. False if `after` is no source.
rank_all(KEYS[1], KEYS[2])
local start = 0
if ARGV[1] ~= '' then
  local place = redis.call('ZRANK', KEYS[2], ARGV[1])
  if not place then return false end
  start = place + 1
end
local found = {}
for _, source in ipairs(redis.call('ZRANGE', KEYS[2], start, start + ARGV[2] - 1)) do
  local known = redis.call('HMGET', KEYS[1], 'first:' .. source, 'copies:' .. source)
  found[#found + 1] = {source, tonumber(known[1] or '0'), tonumber(known[2] or '0')}
end
return found
