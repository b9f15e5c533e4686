-- KEYS records open ended   ARGV id record most-open kept
-- Returns whether the job was stored. The oldest ended jobs beyond `kept` are removed.
if redis.call('ZCARD', KEYS[2]) >= tonumber(ARGV[3]) then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('ZADD', KEYS[2], 0, ARGV[1])
local beyond = redis.call('ZCARD', KEYS[3]) - tonumber(ARGV[4])
if beyond > 0 then
  for _, id in ipairs(redis.call('ZRANGE', KEYS[3], 0, beyond - 1)) do
    redis.call('HDEL', KEYS[1], id)
    redis.call('ZREM', KEYS[3], id)
  end
end
return 1
