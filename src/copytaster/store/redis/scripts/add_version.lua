-- Needs shared/find_version.lua, shared/pieces.lua and shared/only_version.lua.
-- KEYS article deleted   ARGV owner document effective revision in-pieces only
-- Returns the number of the version, and that of the version that was shown before; if this owner has added one already,
-- the number of that one, and of the one before it. Returns the tombstone instead if a person deleted the article.
-- The order is that of version_order.is_later: the revision -1 is compared by time alone.
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
local shown = redis.call('HGET', KEYS[1], 'shown')
local function is_newer()
  if not shown then return true end
  local known = redis.call('HMGET', KEYS[1], 'revision:' .. shown, 'effective:' .. shown)
  local revision, own = tonumber(known[1] or '0'), tonumber(ARGV[4])
  if revision ~= own and revision >= 0 and own >= 0 then return revision < own end
  return tonumber(known[2]) <= tonumber(ARGV[3])
end
if is_newer() then
  redis.call('HSET', KEYS[1], 'shown', n)
end
return {n, tonumber(shown or '0')}
