-- KEYS tagging due   ARGV id owner due
if redis.call('HGET', KEYS[1], 'owner') ~= ARGV[2] then return 0 end
redis.call('HDEL', KEYS[1], 'owner', 'lease')
redis.call('ZADD', KEYS[2], 'XX', ARGV[3], ARGV[1])
return 1
