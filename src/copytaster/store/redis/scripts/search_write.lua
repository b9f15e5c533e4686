-- KEYS prefix   ARGV expected-version (id document)...
-- An empty expected version accepts every change.
local prefix = KEYS[1]
if ARGV[1] ~= '' and (redis.call('GET', prefix .. 'version') or '0') ~= ARGV[1] then return 0 end
for at = 2, #ARGV, 2 do
  redis.call('HSET', prefix .. 'searches', ARGV[at], ARGV[at + 1])
  redis.call('ZADD', prefix .. 'ids', 0, ARGV[at])
  redis.call('ZADD', prefix .. 'changed', redis.call('INCR', prefix .. 'version'), ARGV[at])
  redis.call('ZREM', prefix .. 'removed', ARGV[at])
end
return 1
