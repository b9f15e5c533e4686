-- Needs shared/rank_sources.lua.
-- KEYS counts counted busiest [leads leads-of-others]
-- ARGV item now forget-before most others leads-kept source [of lead]
-- With `of`, the source of the original, the item is a copy.
if redis.call('ZADD', KEYS[2], 'NX', ARGV[2], ARGV[1]) == 0 then return 0 end
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', ARGV[3])
rank_all(KEYS[1], KEYS[3])
local function counted_as(source)
  if redis.call('HSETNX', KEYS[1], 'is:' .. source, 0) == 0 then return source end
  if redis.call('HINCRBY', KEYS[1], 'sources', 1) <= tonumber(ARGV[4]) then return source end
  redis.call('HDEL', KEYS[1], 'is:' .. source)
  redis.call('HINCRBY', KEYS[1], 'sources', -1)
  return ARGV[5]
end
local function count(kind)
  local source = counted_as(ARGV[7])
  redis.call('HINCRBY', KEYS[1], kind .. ':' .. source, 1)
  rank(KEYS[1], KEYS[3], source)
end
if #ARGV == 7 then
  count('first')
  return 1
end
count('copies')
redis.call('HINCRBY', KEYS[1], 'copies', 1)
if ARGV[8] ~= ARGV[7] then
  local leader = counted_as(ARGV[8])
  local leads = leader == ARGV[8] and KEYS[4] or KEYS[5]
  redis.call('LPUSH', leads, ARGV[9])
  redis.call('LTRIM', leads, 0, ARGV[6] - 1)
  rank(KEYS[1], KEYS[3], leader)
end
return 1
