-- KEYS record   ARGV head entry seconds
-- The record is the head and an entry per signature, each led by its length (two bytes) and its time (eight).
-- Beyond 32 KB, some forty versions, the oldest entry makes room.
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
