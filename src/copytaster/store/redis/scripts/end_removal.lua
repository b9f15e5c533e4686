-- KEYS changed pins   ARGV end id...
-- Removes each id and its pin unless it has changed since: `end` is a time in milliseconds, or "+inf". Returns for each
-- whether it was removed.
local removed = {}
for i = 2, #ARGV do
  local score = redis.call('ZSCORE', KEYS[1], ARGV[i])
  removed[i - 1] = 0
  if score and (ARGV[1] == '+inf' or tonumber(score) < tonumber(ARGV[1])) then
    redis.call('HDEL', KEYS[2], ARGV[i])
    removed[i - 1] = redis.call('ZREM', KEYS[1], ARGV[i])
  end
end
return removed
