-- KEYS held held-due due   ARGV now horizon due next-held-due limit
-- A time beyond the horizon has passed: it comes from a clock that was set back.
local at = tonumber(redis.call('GET', KEYS[2]) or 0)
if at > tonumber(ARGV[1]) and at <= tonumber(ARGV[2]) then return {} end
local ids = redis.call('ZRANGE', KEYS[1], 0, tonumber(ARGV[5]) - 1)
if #ids == 0 then return ids end
redis.call('SET', KEYS[2], ARGV[4])
for _, id in ipairs(ids) do
  redis.call('ZREM', KEYS[1], id)
  redis.call('ZADD', KEYS[3], ARGV[3], id)
end
return ids
