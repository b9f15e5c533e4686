-- Needs shared/postings.lua.
-- KEYS index blocks   ARGV term width from limit ascending
-- Returns up to `limit` postings of the term, joined: those below `from`, the highest first, or with `ascending` those
-- above it, the lowest first. An empty `from` stands for the end at which the list begins.
local term, width, limit, ascending = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[4]), ARGV[5] == '1'
local from = ARGV[3] ~= '' and ARGV[3] or string.rep(ascending and '\0' or '\255', width)
local found = {}
local function take(block)
  local place, known = place_of(block, from)
  local first, last, step = place - 1, 0, -1
  if ascending then first, last, step = known and place + 1 or place, #block / width - 1, 1 end
  for at = first, last, step do
    if #found == limit then return end
    found[#found + 1] = string.sub(block, at * width + 1, (at + 1) * width)
  end
end
local function take_blocks(names)
  if #names == 0 then return false end
  for _, block in ipairs(redis.call('HMGET', KEYS[1], unpack(names))) do take(block or '') end
  return #found < limit
end
local latest, has_blocks = latest_of(read_terms(KEYS[1], {term}, width)[term], width)
if ascending then
  local at, highest = 0, '[' .. term .. string.rep('\255', width)
  local more = has_blocks
  if more then take_blocks(block_names(KEYS[2], term, from, 0, 1)) end
  while more do
    more = take_blocks(redis.call('ZRANGEBYLEX', KEYS[2], '(' .. term .. from, highest, 'LIMIT', at, 5))
    at = at + 5
  end
  take(latest)
else
  take(latest)
  local at, more = 0, has_blocks and #found < limit
  while more do
    more = take_blocks(block_names(KEYS[2], term, from, at, 5))
    at = at + 5
  end
end
return table.concat(found)
