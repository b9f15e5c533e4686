-- KEYS cursor (due messages state: of each endpoint)...
-- ARGV expected-cursor new-cursor now most-waiting (n (event message: n times): of each endpoint)...
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2])
local place = 5
for first = 2, #KEYS, 3 do
  local due, messages, state = KEYS[first], KEYS[first + 1], KEYS[first + 2]
  local free = ARGV[4] - redis.call('ZCARD', due)
  local last = place + 2 * ARGV[place]
  for at = place + 1, last, 2 do
    if redis.call('HEXISTS', messages, ARGV[at]) == 0 then
      if free > 0 then
        redis.call('HSET', messages, ARGV[at], ARGV[at + 1])
        redis.call('ZADD', due, ARGV[3], ARGV[at])
        free = free - 1
      else
        redis.call('HINCRBY', state, 'missed', 1)
      end
    end
  end
  place = last + 1
end
return 1
