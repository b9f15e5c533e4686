-- Needs shared/rank_sources.lua.
-- KEYS counts busiest sets-of-counted-items (7, the present one first) counts-of-this-hour [leads leads-of-others]
-- ARGV seconds most others leads-kept of lead now hour-seconds (item source)...
-- Counts first articles; with `of`, the source of the original, one item, which is a copy.
local counts, busiest, sets = KEYS[1], KEYS[2], 7
local most, others, of, is_copy = tonumber(ARGV[2]), ARGV[3], ARGV[5], ARGV[5] ~= ''
local items, known = {}, {}
for i = 9, #ARGV, 2 do items[#items + 1] = ARGV[i] end
for set = 3, 2 + sets do
  for i, found in ipairs(redis.call('SMISMEMBER', KEYS[set], unpack(items))) do known[i] = known[i] or found == 1 end
end
local new, sources, numbers = {}, {}, {}
for i, item in ipairs(items) do
  if not known[i] then
    local source = ARGV[8 + 2 * i]
    new[#new + 1] = item
    if not numbers[source] then sources[#sources + 1] = source end
    numbers[source] = (numbers[source] or 0) + 1
  end
end
if #new == 0 then return 0 end
redis.call('SADD', KEYS[3], unpack(new))
redis.call('EXPIRE', KEYS[3], ARGV[1])
-- Returns the name under which the items of a source are counted, and the counts of its first articles and copies.
local function counted_as(source)
  local stored = redis.call('HMGET', counts, 'is:' .. source, 'first:' .. source, 'copies:' .. source)
  if not stored[1] then
    rank_all(counts, busiest)
    if redis.call('HINCRBY', counts, 'sources', 1) > most then
      redis.call('HINCRBY', counts, 'sources', -1)
      source = others
      stored = redis.call('HMGET', counts, 'is:' .. source, 'first:' .. source, 'copies:' .. source)
    else
      redis.call('HSET', counts, 'is:' .. source, 0)
    end
  end
  return source, stored[1], (stored[2] or 0) + (stored[3] or 0)
end
for _, each in ipairs(sources) do
  local source, was_known, before = counted_as(each)
  redis.call('HINCRBY', counts, (is_copy and 'copies:' or 'first:') .. source, numbers[each])
  redis.call('HSET', counts, 'last:' .. source, ARGV[7])
  redis.call('HINCRBY', KEYS[10], source, numbers[each])
  -- A known source is ranked, unless an earlier release has left no order.
  if redis.call('ZADD', busiest, -before - numbers[each], source) == 1 and was_known then
    redis.call('DEL', busiest)
    rank_all(counts, busiest)
  end
end
redis.call('EXPIRE', KEYS[10], ARGV[8])
if is_copy and of ~= ARGV[10] then
  local leader, is_known, led = counted_as(of)
  local leads = leader == of and KEYS[11] or KEYS[12]
  redis.call('LPUSH', leads, ARGV[6])
  redis.call('LTRIM', leads, 0, ARGV[4] - 1)
  if not is_known then redis.call('ZADD', busiest, -led, leader) end
end
return #new
