-- KEYS counter own-window window-before window-after   ARGV token seconds
local number
for i = 2, 4 do
  number = number or redis.call('HGET', KEYS[i], ARGV[1])
end
number = number or redis.call('INCR', KEYS[1])
-- Stored in this window too: a search from the next window would not find the number in an older one.
redis.call('HSET', KEYS[2], ARGV[1], number)
redis.call('EXPIRE', KEYS[2], 2 * ARGV[2], 'NX')
return tonumber(number)
