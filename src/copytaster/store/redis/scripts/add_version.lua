-- KEYS article   ARGV owner document effective revision
-- Returns the number of the version; if this owner has added one already, the number of that one.
local count = tonumber(redis.call('HGET', KEYS[1], 'count') or '0')
for n = 1, count do
  if redis.call('HGET', KEYS[1], 'owner:' .. n) == ARGV[1] then return n end
end
local n = count + 1
redis.call('HSET', KEYS[1], 'owner:' .. n, ARGV[1], 'document:' .. n, ARGV[2], 'effective:' .. n, ARGV[3],
  'revision:' .. n, ARGV[4], 'count', n)
local shown = redis.call('HGET', KEYS[1], 'shown')
local function is_newer()
  if not shown then return true end
  local known = redis.call('HMGET', KEYS[1], 'revision:' .. shown, 'effective:' .. shown)
  local revision = tonumber(known[1] or '0')
  if revision ~= tonumber(ARGV[4]) then return revision < tonumber(ARGV[4]) end
  return tonumber(known[2]) <= tonumber(ARGV[3])
end
if is_newer() then
  redis.call('HSET', KEYS[1], 'shown', n)
end
return n
