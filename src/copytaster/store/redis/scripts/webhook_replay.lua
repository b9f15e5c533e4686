-- KEYS due attempts dead   ARGV now event
-- An empty event means all.
local events = redis.call('ZRANGE', KEYS[3], 0, -1)
if ARGV[2] ~= '' then events = redis.call('ZSCORE', KEYS[3], ARGV[2]) and {ARGV[2]} or {} end
for _, event in ipairs(events) do
  redis.call('ZREM', KEYS[3], event)
  redis.call('HDEL', KEYS[2], event)
  redis.call('ZADD', KEYS[1], ARGV[1], event)
end
return #events
