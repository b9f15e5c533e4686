-- Needs shared/postings.lua.
-- Returns up to `limit` postings of a term as a list: those below `from`, the highest first, or with `ascending` those
-- above it, the lowest first. An empty `from` stands for the end at which the list begins.
local function read_list(index, blocks, term, width, from, limit, ascending)
  if from == '' then from = string.rep(ascending and '\0' or '\255', width) end
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
    for _, block in ipairs(redis.call('HMGET', index, unpack(names))) do take(block or '') end
    return #found < limit
  end
  -- A block has more than a few postings.
  local at_once = limit < 50 and 1 or 5
  local latest, has_blocks = latest_of(read_terms(index, {term}, width)[1], width)
  if ascending then
    local at, highest = 0, '[' .. term .. string.rep('\255', width)
    local more = has_blocks
    if more then take_blocks(block_names(blocks, term, from, 0, 1)) end
    while more do
      more = take_blocks(redis.call('ZRANGEBYLEX', blocks, '(' .. term .. from, highest, 'LIMIT', at, 5))
      at = at + 5
    end
    take(latest)
  else
    take(latest)
    local at, more = 0, has_blocks and #found < limit
    while more do
      more = take_blocks(block_names(blocks, term, from, at, at_once))
      at = at + at_once
    end
  end
  return found
end
