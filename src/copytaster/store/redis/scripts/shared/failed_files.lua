-- Index of the failed files. The three KEYS from `first` on: their deliveries, counts by reason, sources by count.
local function add_failed(first, id, reason, source)
  if redis.call('ZADD', KEYS[first], 0, id) == 0 then return end
  redis.call('HINCRBY', KEYS[first + 1], reason, 1)
  redis.call('ZINCRBY', KEYS[first + 2], -1, source)
end
local function remove_failed(first, id, reason, source)
  if redis.call('ZREM', KEYS[first], id) == 0 then return end
  if redis.call('HINCRBY', KEYS[first + 1], reason, -1) <= 0 then redis.call('HDEL', KEYS[first + 1], reason) end
  redis.call('ZINCRBY', KEYS[first + 2], 1, source)
  redis.call('ZREMRANGEBYSCORE', KEYS[first + 2], 0, '+inf')
end
