-- Needs shared/find_version.lua, shared/pieces.lua and shared/only_version.lua.
-- KEYS article deleted   ARGV owner document effective revision in-pieces only captured
-- Returns the number of the version that this owner stores or has stored, 0 if it has none and the id exists, and
-- whether it is just as it was passed: stored by this call, and without an earlier decision of a person.
-- Returns the tombstone instead if a person deleted the article.
local deletion = redis.call('GET', KEYS[2])
if deletion then return deletion end
local known = redis.call('HMGET', KEYS[1], 'count', 'accepted', 'release', ONLY)
if known[4] then expand_only_version(KEYS[1]) end
local count = tonumber(version_count(known[1], known[4]) or '0')
if count > 0 then return {find_version(KEYS[1], ARGV[1], count) or 0, 0} end
local fields = {ONLY, ARGV[6]}
if ARGV[6] == '' then fields = {'owner:1', ARGV[1], 'effective:1', ARGV[3], 'shown', 1, 'count', 1} end
if ARGV[4] ~= '0' then
  fields[#fields + 1] = 'revision:1'
  fields[#fields + 1] = ARGV[4]
end
if ARGV[7] ~= '' then
  fields[#fields + 1] = 'seen:1'
  fields[#fields + 1] = ARGV[7]
end
for _, each in ipairs(record_fields('d:1', ARGV[2], ARGV[5] == '1')) do fields[#fields + 1] = each end
redis.call('HSET', KEYS[1], unpack(fields))
return {1, (known[2] or known[3]) and 0 or 1}
