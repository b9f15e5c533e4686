-- Needs shared/only_version.lua.
-- KEYS article   ARGV after limit
-- Returns the numbers of up to `limit` versions that follow the version `after` by rank, and 1 if there are more; the
-- first ones if `after` is 0. Returns false if there is no version `after`.
-- The order is that of version_order.in_order: the revision -1 follows the revisions that are not later.
local known = redis.call('HMGET', KEYS[1], 'count', ONLY)
local count = tonumber(version_count(known[1], known[2]) or '0')
local after, versions, any_number, place = tonumber(ARGV[1]), {}, {}, 0
for n = 1, count do
  local rank = redis.call('HMGET', KEYS[1], 'revision:' .. n, 'effective:' .. n)
  versions[n] = {n, tonumber(rank[1] or '0'), tonumber(rank[2] or '0')}
  if versions[n][2] < 0 then any_number[#any_number + 1] = versions[n] end
end
for _, kill in ipairs(any_number) do
  local number = 0
  for _, each in ipairs(versions) do
    if each[3] <= kill[3] and each[2] > number then number = each[2] end
  end
  kill[4] = number
end
for _, kill in ipairs(any_number) do kill[2] = kill[4] end
table.sort(versions, function(one, other)
  if one[2] ~= other[2] then return one[2] < other[2] end
  if one[3] ~= other[3] then return one[3] < other[3] end
  return one[1] < other[1]
end)
for i, each in ipairs(versions) do
  if each[1] == after then place = i end
end
if after > 0 and place == 0 then return false end
local page = {}
for i = place + 1, math.min(place + tonumber(ARGV[2]), count) do page[#page + 1] = versions[i][1] end
return {page, place + #page < count and 1 or 0}
