-- Needs shared/pieces.lua.
-- Needs shared/only_version.lua.
-- KEYS article   ARGV state-or-number...
-- Returns the number of versions, how many of them are noted, the earliest receipt of these, whether the article was
-- accepted, and the decision about a release; then number, document and tagging of each version that is not noted, or
-- that has one of the numbers or states.
local head = redis.call('HMGET', KEYS[1], 'count', 'noted', 'born', 'accepted', 'release', ONLY)
local count, noted = tonumber(version_count(head[1], head[6]) or '0'), tonumber(head[2] or '0')
local wanted = {}
for n = noted + 1, count do wanted[n] = true end
for _, each in ipairs(ARGV) do
  local n = tonumber(each) or tonumber(redis.call('HGET', KEYS[1], 'state:' .. each) or '0')
  if n > 0 and n <= count then wanted[n] = true end
end
local numbers = {}
for n, _ in pairs(wanted) do numbers[#numbers + 1] = n end
table.sort(numbers)
local found = {count, noted, head[3] or '', head[4] and 1 or 0, head[5] or ''}
for _, n in ipairs(numbers) do
  local version = read_version(KEYS[1], n, {})
  found[#found + 1] = {n, version.document, version.tagging or ''}
end
return found
