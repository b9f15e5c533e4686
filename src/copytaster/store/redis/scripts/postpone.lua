-- KEYS record timeline due waiting working   ARGV id owner due timeline-entry
local known = redis.call('HMGET', KEYS[1], 'state', 'owner')
if known[1] ~= 'working' or known[2] ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], 'state', 'waiting', 'due', ARGV[3])
redis.call('HDEL', KEYS[1], 'owner', 'lease')
redis.call('ZADD', KEYS[3], ARGV[3], ARGV[1])
redis.call('ZREM', KEYS[5], ARGV[1])
redis.call('ZADD', KEYS[4], 0, ARGV[1])
redis.call('RPUSH', KEYS[2], ARGV[4])
return 1
