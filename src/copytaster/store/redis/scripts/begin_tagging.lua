-- KEYS tagging due   ARGV id owner now lease-end
if not redis.call('ZSCORE', KEYS[2], ARGV[1]) then return 0 end
local known = redis.call('HMGET', KEYS[1], 'owner', 'lease', 'attempts')
if known[1] == ARGV[2] then return tonumber(known[3]) end
if known[2] and tonumber(known[2]) > tonumber(ARGV[3]) then return 0 end
redis.call('HSET', KEYS[1], 'owner', ARGV[2], 'lease', ARGV[4])
redis.call('ZADD', KEYS[2], ARGV[4], ARGV[1])
return redis.call('HINCRBY', KEYS[1], 'attempts', 1)
