-- Needs shared/find_version.lua, shared/pieces.lua, shared/only_version.lua and shared/version_rank.lua.
-- KEYS article deleted   ARGV owner document effective revision in-pieces only captured
-- Returns the number of the version, and that of the version that was shown before; if this owner has added one already,
-- the number of that one, and of the one before it. Returns the tombstone instead if a person deleted the article.
-- The shown version is the last one by version_order.in_order. The last version with the revision -1 and the last of the
-- others are kept, as far as there are such: `withdrawn` and `numbered`. The later of the two is shown; if they are of one
-- time, the one that was seen later, else the one that was stored later. An only version, and what an earlier release has
-- stored, has neither of the two: then all versions are compared once.
local deletion = redis.call('GET', KEYS[2])
if deletion then return deletion end
expand_only_version(KEYS[1])
local count = tonumber(redis.call('HGET', KEYS[1], 'count') or '0')
local known = find_version(KEYS[1], ARGV[1], count)
if known then return {known, known - 1} end
local n = count + 1
redis.call('HSET', KEYS[1], 'owner:' .. n, ARGV[1], 'effective:' .. n, ARGV[3], 'count', n)
write_record(KEYS[1], 'd:' .. n, ARGV[2], n == 1 and ARGV[5] == '1')
if n == 2 then
  for _, name in ipairs({'d:1', 't:1'}) do
    local record = read_record(KEYS[1], name)
    if record then write_record(KEYS[1], name, record, false, true) end
  end
end
if ARGV[4] ~= '0' then redis.call('HSET', KEYS[1], 'revision:' .. n, ARGV[4]) end
if ARGV[7] ~= '' then redis.call('HSET', KEYS[1], 'seen:' .. n, ARGV[7]) end
local kept = redis.call('HMGET', KEYS[1], 'shown', 'withdrawn', 'numbered')
local shown, withdrawn, numbered = kept[1], kept[2], kept[3]
local function later(version, other)
  if not version then return other end
  local revision, at, seen = version_rank(KEYS[1], version)
  local others, other_at, other_seen = version_rank(KEYS[1], other)
  local compares_numbers = (revision < 0) == (others < 0)
  if compares_numbers and revision ~= others then return revision < others and other or version end
  if at ~= other_at then return at < other_at and other or version end
  if seen ~= other_seen then return seen < other_seen and other or version end
  return tonumber(version) < tonumber(other) and other or version
end
for each = (withdrawn or numbered) and n or 1, n do
  if version_rank(KEYS[1], each) < 0 then withdrawn = later(withdrawn, each) else numbered = later(numbered, each) end
end
local newest = withdrawn or numbered
if withdrawn and numbered then newest = later(withdrawn, numbered) end
if n > 1 then
  if withdrawn then redis.call('HSET', KEYS[1], 'withdrawn', withdrawn) end
  if numbered then redis.call('HSET', KEYS[1], 'numbered', numbered) end
end
if tonumber(newest) ~= tonumber(shown) then redis.call('HSET', KEYS[1], 'shown', newest) end
return {n, tonumber(shown or '0')}
