-- KEYS tagging due-tag due-retag refused   ARGV id owner now
-- Returns 0 if the attempt of this owner neither runs nor was followed by another one.
local known = redis.call('HMGET', KEYS[1], 'owner', 'blamed')
if known[1] == ARGV[2] then
  redis.call('HDEL', KEYS[1], 'owner', 'lease')
  for i = 2, 3 do redis.call('ZADD', KEYS[i], 'XX', ARGV[3], ARGV[1]) end
elseif known[2] == ARGV[2] then
  redis.call('HDEL', KEYS[1], 'blamed')
else
  return 0
end
redis.call('HINCRBY', KEYS[1], 'attempts', -1)
return 1
