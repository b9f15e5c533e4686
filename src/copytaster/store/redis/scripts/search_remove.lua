-- KEYS prefix   ARGV id removals-kept
-- Whoever has an earlier version than the last forgotten removal has to read all searches.
local prefix = KEYS[1]
if redis.call('HDEL', prefix .. 'searches', ARGV[1]) == 0 then return 0 end
redis.call('ZREM', prefix .. 'ids', ARGV[1])
redis.call('ZREM', prefix .. 'changed', ARGV[1])
redis.call('HDEL', prefix .. 'counts', ARGV[1])
redis.call('DEL', prefix .. 'hits:' .. ARGV[1])
redis.call('ZADD', prefix .. 'removed', redis.call('INCR', prefix .. 'version'), ARGV[1])
local over = redis.call('ZCARD', prefix .. 'removed') - ARGV[2]
if over > 0 then
  redis.call('SET', prefix .. 'forgotten', redis.call('ZRANGE', prefix .. 'removed', over - 1, over - 1, 'WITHSCORES')[2])
  redis.call('ZREMRANGEBYRANK', prefix .. 'removed', 0, over - 1)
end
return 1
