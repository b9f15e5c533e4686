-- Needs shared/order_links.lua.
-- KEYS links order   ARGV delivery link copy original newest
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
local count = redis.call('HLEN', KEYS[1])
if count <= tonumber(ARGV[5]) then return count end
if redis.call('EXISTS', KEYS[2]) == 1 then
  redis.call('ZADD', KEYS[2], 0, ARGV[1])
  if ARGV[3] ~= ARGV[4] then redis.call('ZADD', KEYS[2], 0, '@' .. ARGV[3] .. ' ' .. ARGV[1]) end
end
return order_links(KEYS[1], KEYS[2], tonumber(ARGV[5]), ARGV[4])
