-- KEYS article   ARGV owner document effective revision
-- Returns the number of the version that this owner stores or has stored; 0 if it has none and the id exists.
local count = tonumber(redis.call('HGET', KEYS[1], 'count') or '0')
for n = 1, count do
  if redis.call('HGET', KEYS[1], 'owner:' .. n) == ARGV[1] then return n end
end
if count > 0 then return 0 end
redis.call('HSET', KEYS[1], 'owner:1', ARGV[1], 'document:1', ARGV[2], 'effective:1', ARGV[3], 'revision:1', ARGV[4],
  'shown', 1, 'count', 1)
return 1
