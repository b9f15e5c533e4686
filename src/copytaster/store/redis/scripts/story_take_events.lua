-- KEYS unreported   ARGV now limit again-at
local found = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, ARGV[2])
for _, each in ipairs(found) do redis.call('ZADD', KEYS[1], ARGV[3], each) end
return found
