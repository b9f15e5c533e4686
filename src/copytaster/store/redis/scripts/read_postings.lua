-- Needs shared/postings.lua.
-- KEYS index blocks   ARGV term width before limit
-- Returns up to `limit` postings of the term that are lower than `before`, joined, the highest first; an empty `before`
-- stands for the highest posting.
local term, width, limit = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[4])
local before = ARGV[3] ~= '' and ARGV[3] or string.rep('\255', width)
local found = {}
local function take(block)
  for place = place_of(block, before) - 1, 0, -1 do
    if #found == limit then return end
    found[#found + 1] = string.sub(block, place * width + 1, (place + 1) * width)
  end
end
local latest, has_blocks = latest_of(redis.call('HGET', KEYS[1], term), width)
take(latest)
local at, names = 0, has_blocks and {''} or {}
while #found < limit and #names > 0 do
  names = block_names(KEYS[2], term, before, at, 5)
  at = at + 5
  if #names > 0 then
    for _, block in ipairs(redis.call('HMGET', KEYS[1], unpack(names))) do take(block or '') end
  end
end
return table.concat(found)
