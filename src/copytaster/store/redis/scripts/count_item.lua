-- Needs shared/rank_sources.lua.
-- KEYS counts counted counted-the-day-before busiest [leads leads-of-others]
-- ARGV item seconds most others leads-kept source [of lead]
-- With `of`, the source of the original, the item is a copy.
if redis.call('SISMEMBER', KEYS[3], ARGV[1]) == 1 or redis.call('SADD', KEYS[2], ARGV[1]) == 0 then return 0 end
redis.call('EXPIRE', KEYS[2], ARGV[2])
local counts, busiest, is_copy = KEYS[1], KEYS[4], #ARGV > 6
-- Returns the name under which the items of a source are counted, and the counts of its first articles and copies.
local function counted_as(source)
  local known = redis.call('HMGET', counts, 'is:' .. source, 'first:' .. source, 'copies:' .. source)
  if not known[1] then
    rank_all(counts, busiest)
    if redis.call('HINCRBY', counts, 'sources', 1) > tonumber(ARGV[3]) then
      redis.call('HINCRBY', counts, 'sources', -1)
      source = ARGV[4]
      known = redis.call('HMGET', counts, 'is:' .. source, 'first:' .. source, 'copies:' .. source)
    else
      redis.call('HSET', counts, 'is:' .. source, 0)
    end
  end
  return source, known[1], (known[2] or 0) + (known[3] or 0)
end
local source, was_known, items = counted_as(ARGV[6])
if is_copy then redis.call('HINCRBY', counts, 'copies', 1) end
redis.call('HINCRBY', counts, (is_copy and 'copies:' or 'first:') .. source, 1)
-- A known source is ranked, unless an earlier release has left no order.
if redis.call('ZADD', busiest, -items - 1, source) == 1 and was_known then
  redis.call('DEL', busiest)
  rank_all(counts, busiest)
end
if is_copy and ARGV[7] ~= ARGV[6] then
  local leader, is_known, led = counted_as(ARGV[7])
  local leads = leader == ARGV[7] and KEYS[5] or KEYS[6]
  redis.call('LPUSH', leads, ARGV[8])
  redis.call('LTRIM', leads, 0, ARGV[5] - 1)
  if not is_known then redis.call('ZADD', busiest, -led, leader) end
end
return 1
