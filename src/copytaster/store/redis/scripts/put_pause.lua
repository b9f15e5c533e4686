-- KEYS pauses   ARGV id record most now
-- A record begins with the time at which the pause ends, or with a space. Ended pauses are removed. Returns whether the
-- pause was stored: there are not too many.
local stored = redis.call('HGETALL', KEYS[1])
for i = 1, #stored, 2 do
  local ends = tonumber(string.match(stored[i + 1], '^%d+'))
  if ends and ends <= tonumber(ARGV[4]) then redis.call('HDEL', KEYS[1], stored[i]) end
end
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0 and redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[3]) then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return 1
