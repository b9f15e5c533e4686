-- Needs shared/postings.lua.
-- Edits an index of terms. Each group is a posting, the terms that get it, and the terms that lose it.
-- A block has at most half a kilobyte, which is written again for each posting that belongs there; there are a third more
-- latest postings before some of them become a block.
local BLOCK_BYTES, LATEST_BYTES = 480, 640
-- A term with up to three postings is rare; a bucket is written again for each of its entries.
local RARE, BUCKET_BYTES = 3, 352
local function arguments(first, last)
  local found, passed = {}, ARGV
  for i = first, last do found[i - first + 1] = passed[i] end
  return found
end
local function edit_postings(index, blocks, groups)
  local terms, places, count = {}, {}, 0
  for _, group in ipairs(groups) do
    for _, list in ipairs({group.added, group.removed}) do
      for _, term in ipairs(list) do
        if not places[term] then
          count = count + 1
          terms[count], places[term] = term, count
        end
      end
    end
  end
  if count == 0 then return end
  local width = #groups[1].posting
  local block_bytes, latest_bytes = BLOCK_BYTES - BLOCK_BYTES % width, LATEST_BYTES - LATEST_BYTES % width
  local values, is_own, is_rare, buckets = read_terms(index, terms, width)
  -- Of terms by place: whether they have changed. Of blocks and buckets by name: what is in them now.
  local changed, read, written = {}, {}, {}
  local function read_block(name)
    read[name] = written[name] or read[name] or redis.call('HGET', index, name) or ''
    return read[name]
  end
  local function write(i, value)
    values[i], changed[i] = value, true
  end
  local function with(block, place, posting)
    if place * width == #block then return block .. posting end
    return sub(block, 1, place * width) .. posting .. sub(block, place * width + 1)
  end
  local function without(block, place)
    return sub(block, 1, place * width) .. sub(block, (place + 1) * width + 1)
  end
  local function new_block(name, block)
    redis.call('ZADD', blocks, 0, name)
    written[name] = block
  end
  local function add_to_block(term, posting)
    local name = block_names(blocks, term, posting, 0, 1)[1]
    if not name then
      new_block(term .. string.rep('\0', width), posting)
      return
    end
    local block = read_block(name)
    local place, known = place_of(block, posting)
    if known then return end
    block = with(block, place, posting)
    if #block > 2 * block_bytes then
      new_block(term .. sub(block, block_bytes + 1, block_bytes + width), sub(block, block_bytes + 1))
      block = sub(block, 1, block_bytes)
    end
    written[name] = block
  end
  local function add(i, posting)
    local term, latest, has_blocks = terms[i], latest_of(values[i], width)
    local place, known = place_of(latest, posting)
    if known then return end
    if place == 0 and has_blocks then
      add_to_block(term, posting)
      return
    end
    latest = with(latest, place, posting)
    if #latest > latest_bytes then
      local block = sub(latest, 1, block_bytes)
      new_block(term .. (has_blocks and sub(block, 1, width) or string.rep('\0', width)), block)
      latest, has_blocks = sub(latest, #block + 1), true
    end
    write(i, has_blocks and latest .. HAS_BLOCKS or latest)
  end
  local function remove_from_block(i, posting, latest)
    local term = terms[i]
    local name = block_names(blocks, term, posting, 0, 1)[1]
    if not name then return end
    local block = read_block(name)
    local place, known = place_of(block, posting)
    if not known then return end
    written[name] = without(block, place)
    if written[name] ~= '' then return end
    redis.call('ZREM', blocks, name)
    if #block_names(blocks, term, string.rep('\255', width), 0, 1) == 0 then write(i, latest) end
  end
  local function remove(i, posting)
    local latest, has_blocks = latest_of(values[i], width)
    local place, known = place_of(latest, posting)
    if known then
      write(i, without(latest, place) .. (has_blocks and HAS_BLOCKS or ''))
    elseif has_blocks and place == 0 then
      remove_from_block(i, posting, latest)
    end
  end
  for _, group in ipairs(groups) do
    local posting, time = group.posting, struct.unpack('>I6', group.posting)
    for _, term in ipairs(group.added) do
      local i = places[term]
      local length = #values[i]
      -- Most postings are the highest of a term without blocks.
      local is_short = length % width == 0 and length + width <= latest_bytes
      if is_short and (length == 0 or struct.unpack('>I6', values[i], length - width + 1) < time) then
        values[i], changed[i] = values[i] .. posting, true
      else
        add(i, posting)
      end
    end
    for _, term in ipairs(group.removed) do remove(places[term], posting) end
  end
  local function bucket_without(name, term)
    local left, had_some = without_term(buckets[name], term, width)
    if had_some then buckets[name], written[name] = left, left end
  end
  -- Puts a term that has no field of its own into a bucket, and returns whether nothing else has to be written for it.
  local function is_in_bucket(i)
    local term, value, one, other = terms[i], values[i], buckets_of(terms[i])
    if is_rare[i] then
      bucket_without(one, term)
      bucket_without(other, term)
    end
    if value == '' then return true end
    local room = BUCKET_BYTES - #value / width * (TERM + width)
    local name = #buckets[one] <= room and one or #buckets[other] <= room and other
    if #value > RARE * width or not name then return false end
    local bucket = buckets[name]
    for at = 1, #value, width do bucket = bucket .. term .. sub(value, at, at + width - 1) end
    buckets[name], written[name] = bucket, bucket
    return true
  end
  for i = 1, count do
    if changed[i] and (is_own[i] or not is_in_bucket(i)) then written[terms[i]] = values[i] end
  end
  local kept, length, removed = {}, 0, {}
  for name, value in pairs(written) do
    if value == '' then
      removed[#removed + 1] = name
    else
      kept[length + 1], kept[length + 2] = name, value
      length = length + 2
    end
  end
  for start = 1, length, 1000 do redis.call('HSET', index, unpack(kept, start, math.min(start + 999, length))) end
  for start = 1, #removed, 1000 do
    redis.call('HDEL', index, unpack(removed, start, math.min(start + 999, #removed)))
  end
end
