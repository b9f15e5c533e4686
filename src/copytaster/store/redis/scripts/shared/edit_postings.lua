-- Needs shared/postings.lua.
-- Edits an index of terms. Each group is a posting, the terms that get it, and the terms that lose it.
-- A block has at most half a kilobyte, which is written again for each posting that belongs there; there are a third more
-- latest postings before some of them become a block.
local BLOCK_BYTES, LATEST_BYTES = 480, 640
-- A term with up to three postings is rare; a bucket is written again for each of its entries.
local RARE, BUCKET_BYTES = 3, 352
local function arguments(first, last)
  local found = {}
  for i = first, last do found[#found + 1] = ARGV[i] end
  return found
end
local function edit_postings(index, blocks, groups)
  local terms, seen, changed = {}, {}, {}
  for _, group in ipairs(groups) do
    for _, list in ipairs({group.added, group.removed}) do
      for _, term in ipairs(list) do
        if not seen[term] then terms[#terms + 1] = term end
        seen[term] = true
      end
    end
  end
  if #terms == 0 then return end
  local width = #groups[1].posting
  local block_bytes, latest_bytes = BLOCK_BYTES - BLOCK_BYTES % width, LATEST_BYTES - LATEST_BYTES % width
  local values, is_own, buckets = read_terms(index, terms, width)
  local function read_block(name)
    values[name] = values[name] or redis.call('HGET', index, name) or ''
    return values[name]
  end
  local function write(name, value)
    values[name], changed[name] = value, true
  end
  local function with(block, place, posting)
    return string.sub(block, 1, place * #posting) .. posting .. string.sub(block, place * #posting + 1)
  end
  local function without(block, place, posting)
    return string.sub(block, 1, place * #posting) .. string.sub(block, (place + 1) * #posting + 1)
  end
  local function new_block(name, block)
    redis.call('ZADD', blocks, 0, name)
    write(name, block)
  end
  local function add_to_block(term, posting)
    local name = block_names(blocks, term, posting, 0, 1)[1]
    if not name then
      new_block(term .. string.rep('\0', #posting), posting)
      return
    end
    local block = read_block(name)
    local place, known = place_of(block, posting)
    if known then return end
    block = with(block, place, posting)
    if #block > 2 * block_bytes then
      new_block(term .. string.sub(block, block_bytes + 1, block_bytes + width), string.sub(block, block_bytes + 1))
      block = string.sub(block, 1, block_bytes)
    end
    write(name, block)
  end
  local function add(term, posting)
    local latest, has_blocks = latest_of(values[term], #posting)
    local place, known = place_of(latest, posting)
    if known then return end
    if place == 0 and has_blocks then
      add_to_block(term, posting)
      return
    end
    latest = with(latest, place, posting)
    if #latest > latest_bytes then
      local block = string.sub(latest, 1, block_bytes)
      new_block(term .. (has_blocks and string.sub(block, 1, #posting) or string.rep('\0', #posting)), block)
      latest, has_blocks = string.sub(latest, #block + 1), true
    end
    write(term, latest .. (has_blocks and HAS_BLOCKS or ''))
  end
  local function remove_from_block(term, posting, latest)
    local name = block_names(blocks, term, posting, 0, 1)[1]
    if not name then return end
    local block = read_block(name)
    local place, known = place_of(block, posting)
    if not known then return end
    write(name, without(block, place, posting))
    if values[name] ~= '' then return end
    redis.call('ZREM', blocks, name)
    if #block_names(blocks, term, string.rep('\255', #posting), 0, 1) == 0 then write(term, latest) end
  end
  local function remove(term, posting)
    local latest, has_blocks = latest_of(values[term], #posting)
    local place, known = place_of(latest, posting)
    if known then
      write(term, without(latest, place, posting) .. (has_blocks and HAS_BLOCKS or ''))
    elseif has_blocks and place == 0 then
      remove_from_block(term, posting, latest)
    end
  end
  for _, group in ipairs(groups) do
    for _, term in ipairs(group.added) do add(term, group.posting) end
    for _, term in ipairs(group.removed) do remove(term, group.posting) end
  end
  -- Puts a term that has no field of its own into a bucket, and returns whether nothing else has to be written for it.
  local function is_in_bucket(term)
    local value, had_one, had_other = values[term], false, false
    local one, other = buckets_of(term)
    buckets[one], had_one = without_term(buckets[one], term, width)
    buckets[other], had_other = without_term(buckets[other], term, width)
    changed[one], changed[other] = changed[one] or had_one or nil, changed[other] or had_other or nil
    if value == '' then return true end
    local room = BUCKET_BYTES - #value / width * (TERM + width)
    local name = #buckets[one] <= room and one or #buckets[other] <= room and other
    if #value > RARE * width or not name then return false end
    local entries = {buckets[name]}
    for at = 1, #value, width do entries[#entries + 1] = term .. string.sub(value, at, at + width - 1) end
    buckets[name], changed[name] = table.concat(entries), true
    return true
  end
  local names = {}
  for name in pairs(changed) do names[#names + 1] = name end
  for _, name in ipairs(names) do
    if #name == TERM and not is_own[name] and is_in_bucket(name) then changed[name] = nil end
  end
  local written, removed = {}, {}
  for name in pairs(changed) do
    local value = buckets[name] or values[name]
    if value == '' then
      removed[#removed + 1] = name
    else
      written[#written + 1] = name
      written[#written + 1] = value
    end
  end
  for start = 1, #written, 1000 do
    redis.call('HSET', index, unpack(written, start, math.min(start + 999, #written)))
  end
  for start = 1, #removed, 1000 do
    redis.call('HDEL', index, unpack(removed, start, math.min(start + 999, #removed)))
  end
end
