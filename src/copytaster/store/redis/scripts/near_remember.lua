-- KEYS record   ARGV head entry seconds
-- The record is the head and an entry for each signature, which begins with its length (two bytes) and time (eight).
-- In a record of more than 32 KB, some forty versions, a new entry replaces the oldest one.
local stored = redis.call('GET', KEYS[1])
if not stored then
  redis.call('SET', KEYS[1], ARGV[1] .. ARGV[2])
elseif not string.find(stored, ARGV[2], 1, true) then
  if #stored > 32768 then
    local first = #ARGV[1] + 1
    local length = 10 + string.byte(stored, first) + 256 * string.byte(stored, first + 1)
    redis.call('SET', KEYS[1], ARGV[1] .. string.sub(stored, first + length) .. ARGV[2])
  else
    redis.call('APPEND', KEYS[1], ARGV[2])
  end
end
return redis.call('EXPIRE', KEYS[1], ARGV[3])
