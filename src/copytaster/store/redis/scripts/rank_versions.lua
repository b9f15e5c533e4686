-- Needs shared/only_version.lua and shared/version_rank.lua.
-- KEYS article   ARGV after limit
-- Returns the numbers of up to `limit` versions that follow the version `after` by rank, and 1 if there are more; the
-- first ones if `after` is 0. Returns false if there is no version `after`.
-- The order is that of version_order.in_order: the revision -1 follows the revisions that are not later.
local known = redis.call('HMGET', KEYS[1], 'count', ONLY)
local count = tonumber(version_count(known[1], known[2]) or '0')
local after, versions, withdrawn, numbered, place = tonumber(ARGV[1]), {}, {}, {}, 0
for n = 1, count do
  local version = {n, version_rank(KEYS[1], n)}
  versions[n] = version
  if version[2] < 0 then withdrawn[#withdrawn + 1] = version end
  if version[2] > 0 then numbered[#numbered + 1] = version end
end
for _, version in ipairs(withdrawn) do
  version[2] = 0
  for _, each in ipairs(numbered) do
    if each[3] <= version[3] then version[2] = math.max(version[2], each[2]) end
  end
end
table.sort(versions, function(one, other)
  if one[2] ~= other[2] then return one[2] < other[2] end
  if one[3] ~= other[3] then return one[3] < other[3] end
  if one[4] ~= other[4] then return one[4] < other[4] end
  return one[1] < other[1]
end)
for i, each in ipairs(versions) do
  if each[1] == after then place = i end
end
if after > 0 and place == 0 then return false end
local page = {}
for i = place + 1, math.min(place + tonumber(ARGV[2]), count) do page[#page + 1] = versions[i][1] end
return {page, place + #page < count and 1 or 0}
