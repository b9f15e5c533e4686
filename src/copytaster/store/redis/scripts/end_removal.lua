-- KEYS changed pins   ARGV id end
-- Removes the id and its pin unless it has changed since: `end` is a time in milliseconds, or "+inf".
local score = redis.call('ZSCORE', KEYS[1], ARGV[1])
if not score or (ARGV[2] ~= '+inf' and tonumber(score) >= tonumber(ARGV[2])) then return 0 end
redis.call('HDEL', KEYS[2], ARGV[1])
return redis.call('ZREM', KEYS[1], ARGV[1])
