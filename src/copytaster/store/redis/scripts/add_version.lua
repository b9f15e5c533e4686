-- KEYS article   ARGV owner document effective
-- Returns the number of the version, the one that it had before when this owner comes again.
local count = tonumber(redis.call('HGET', KEYS[1], 'count') or '0')
for n = 1, count do
  if redis.call('HGET', KEYS[1], 'owner:' .. n) == ARGV[1] then return n end
end
local n = count + 1
redis.call('HSET', KEYS[1], 'owner:' .. n, ARGV[1], 'document:' .. n, ARGV[2], 'effective:' .. n, ARGV[3], 'count', n)
local shown = redis.call('HGET', KEYS[1], 'shown')
if not shown or tonumber(redis.call('HGET', KEYS[1], 'effective:' .. shown)) <= tonumber(ARGV[3]) then
  redis.call('HSET', KEYS[1], 'shown', n)
end
return n
