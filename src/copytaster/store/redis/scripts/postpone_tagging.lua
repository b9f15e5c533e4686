-- KEYS tagging due-tag due-retag refused   ARGV id owner due
if redis.call('HGET', KEYS[1], 'owner') ~= ARGV[2] then
  redis.call('HINCRBY', KEYS[4], 'tagging_not_held', 1)
  return 0
end
redis.call('HDEL', KEYS[1], 'owner', 'lease')
redis.call('ZADD', KEYS[2], 'XX', ARGV[3], ARGV[1])
redis.call('ZADD', KEYS[3], 'XX', ARGV[3], ARGV[1])
return 1
