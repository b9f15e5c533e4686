-- KEYS article   ARGV first last earliest-receipt (state number)...
-- Notes the versions from the first to the last: their owners, their states and the earliest receipt.
local function least(field, value)
  local known = redis.call('HGET', KEYS[1], field)
  if not known or tonumber(value) < tonumber(known) then redis.call('HSET', KEYS[1], field, value) end
end
local function greatest(field, value)
  local known = redis.call('HGET', KEYS[1], field)
  if not known or tonumber(value) > tonumber(known) then redis.call('HSET', KEYS[1], field, value) end
end
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
for n = tonumber(ARGV[1]), tonumber(ARGV[2]) do
  local owner = redis.call('HGET', KEYS[1], 'owner:' .. n)
  if owner then redis.call('HSET', KEYS[1], 'by:' .. owner, n) end
end
for i = 4, #ARGV, 2 do greatest('state:' .. ARGV[i], ARGV[i + 1]) end
least('born', ARGV[3])
greatest('noted', ARGV[2])
return 1
