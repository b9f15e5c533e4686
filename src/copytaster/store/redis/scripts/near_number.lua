-- KEYS counter own-window window-before window-after   ARGV token seconds
local number
for i = 2, 4 do
  number = number or redis.call('HGET', KEYS[i], ARGV[1])
end
number = number or redis.call('INCR', KEYS[1])
-- Written again for a further version in the next window, which would not look where the first one stands.
redis.call('HSET', KEYS[2], ARGV[1], number)
redis.call('EXPIRE', KEYS[2], 2 * ARGV[2], 'NX')
return tonumber(number)
