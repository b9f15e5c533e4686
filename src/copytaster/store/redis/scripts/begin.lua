-- KEYS record timeline due waiting working   ARGV id owner now lease-end timeline-entry
-- Returns the number of the attempt, 0 when there is nothing to do.
local known = redis.call('HMGET', KEYS[1], 'state', 'owner', 'lease', 'attempts')
if not known[1] or known[1] == 'settled' then return 0 end
if known[1] == 'working' then
  if known[2] == ARGV[2] then return tonumber(known[4]) end
  if tonumber(known[3]) > tonumber(ARGV[3]) then return 0 end
end
redis.call('HSET', KEYS[1], 'state', 'working', 'owner', ARGV[2], 'lease', ARGV[4], 'due', ARGV[4])
redis.call('ZADD', KEYS[3], ARGV[4], ARGV[1])
redis.call('ZREM', KEYS[4], ARGV[1])
redis.call('ZADD', KEYS[5], 0, ARGV[1])
redis.call('RPUSH', KEYS[2], ARGV[5])
return redis.call('HINCRBY', KEYS[1], 'attempts', 1)
