-- KEYS problems   ARGV now code...
-- Keeps the time of each problem that was there before, and forgets the others. Returns the times, in milliseconds.
local now, present, times = ARGV[1], {}, {}
for i = 2, #ARGV do present[ARGV[i]] = true end
for _, code in ipairs(redis.call('HKEYS', KEYS[1])) do
  if not present[code] then redis.call('HDEL', KEYS[1], code) end
end
for i = 2, #ARGV do
  redis.call('HSETNX', KEYS[1], ARGV[i], now)
  times[#times + 1] = redis.call('HGET', KEYS[1], ARGV[i])
end
return times
