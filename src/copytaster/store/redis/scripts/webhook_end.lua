-- Needs shared/trim_dead.lua.
-- KEYS due messages attempts dead state log   ARGV event end retry-at at attempt attempts-kept most-dead
if redis.call('HEXISTS', KEYS[2], ARGV[1]) == 0 then return 0 end
redis.call('LPUSH', KEYS[6], ARGV[5])
redis.call('LTRIM', KEYS[6], 0, ARGV[6] - 1)
if ARGV[2] == 'delivered' then
  redis.call('ZREM', KEYS[1], ARGV[1])
  redis.call('ZREM', KEYS[4], ARGV[1])
  redis.call('HDEL', KEYS[2], ARGV[1])
  redis.call('HDEL', KEYS[3], ARGV[1])
  redis.call('HINCRBY', KEYS[5], 'delivered', 1)
  redis.call('HSET', KEYS[5], 'last_success_at', ARGV[4])
  redis.call('HDEL', KEYS[5], 'failing_since')
  return 1
end
redis.call('HINCRBY', KEYS[3], ARGV[1], 1)
redis.call('HINCRBY', KEYS[5], 'failed', 1)
redis.call('HSETNX', KEYS[5], 'failing_since', ARGV[4])
if ARGV[2] == 'failed' then
  redis.call('ZADD', KEYS[1], 'XX', ARGV[3], ARGV[1])
elseif redis.call('ZREM', KEYS[1], ARGV[1]) == 1 then
  redis.call('ZADD', KEYS[4], ARGV[4], ARGV[1])
  trim_dead(KEYS[4], KEYS[2], KEYS[3], KEYS[5], ARGV[7])
end
return 1
