-- KEYS due messages attempts   ARGV now lease-end limit
-- Returns event, message and number of failed attempts of each.
local taken = {}
for _, event in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, ARGV[3])) do
  redis.call('ZADD', KEYS[1], ARGV[2], event)
  table.insert(taken, event)
  table.insert(taken, redis.call('HGET', KEYS[2], event))
  table.insert(taken, redis.call('HGET', KEYS[3], event) or '0')
end
return taken
