-- KEYS due   ARGV latest next-due limit horizon
-- Due times beyond the horizon are overdue too: they come from a clock that was set back.
local ids = redis.call('ZRANGE', KEYS[1], '-inf', ARGV[1], 'BYSCORE', 'LIMIT', 0, ARGV[3])
if #ids < tonumber(ARGV[3]) then
  local beyond = redis.call('ZRANGE', KEYS[1], '(' .. ARGV[4], '+inf', 'BYSCORE', 'LIMIT', 0, ARGV[3] - #ids)
  for _, id in ipairs(beyond) do ids[#ids + 1] = id end
end
for _, id in ipairs(ids) do redis.call('ZADD', KEYS[1], ARGV[2], id) end
return ids
