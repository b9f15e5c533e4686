-- Needs shared/find_entry.lua.
-- The index of terms. The hash `index` has the latest postings of each term, in ascending order, and the sorted set
-- `blocks` the names of the blocks with the earlier ones of terms that have many. A block is a field of the hash too; its
-- name is the term and the lowest posting that belongs to it. Zeros stand for any posting that is lower than those of the
-- other blocks. One more byte at the end of the latest postings says that there are blocks.
--
-- The postings of a rare term are in a bucket, a field that many terms have in common: a field of its own takes twice as
-- much as one posting. A bucket has entries of a term and one posting, in no order. Each term has two buckets, one of 512 for
-- small indexes, and one of 16,384, which has those that the first has no room for.
local HAS_BLOCKS, TERM = 's', 6
local byte, sub = string.byte, string.sub
-- Returns whether the posting at `at` of a block is lower. Most differ in the first six bytes, compared as one number.
local function is_lower(block, at, posting)
  local a, b = struct.unpack('>I6', block, at), struct.unpack('>I6', posting)
  if a ~= b then return a < b end
  for i = 7, #posting do
    a, b = byte(block, at + i - 1), byte(posting, i)
    if a ~= b then return a < b end
  end
  return false
end
-- Returns how many postings of a block are lower, and whether the block has this posting. Most are higher than all.
local function place_of(block, posting)
  local width, low, high = #posting, 0, #block / #posting
  if high > 0 and is_lower(block, #block - width + 1, posting) then return high, false end
  while low < high do
    local middle = math.floor((low + high) / 2)
    if is_lower(block, middle * width + 1, posting) then low = middle + 1 else high = middle end
  end
  return low, sub(block, low * width + 1, (low + 1) * width) == posting
end
-- Returns the latest postings of a term, and whether it has blocks.
local function latest_of(value, width)
  if value and #value % width == 1 then return sub(value, 1, -2), true end
  return value or '', false
end
-- Returns the names of a term's blocks that may have this posting or lower ones, the highest first.
local function block_names(blocks, term, posting, first, count)
  return redis.call('ZREVRANGEBYLEX', blocks, '[' .. term .. posting, '[' .. term, 'LIMIT', first, count)
end
-- Returns the names of the two buckets of a term, which begin with "1" and "2".
local function buckets_of(term)
  local high, low = byte(term, 1, 2)
  return string.char(49, high, low - low % 128), string.char(50, high, low - low % 4)
end
-- Returns the bucket without the entries of a term, and whether it had some.
local function without_term(bucket, term, width)
  local size = TERM + width
  local at = find_entry(bucket, term, 1, size)
  if not at then return bucket, false end
  while at do
    bucket = sub(bucket, 1, at - 1) .. sub(bucket, at + size)
    at = find_entry(bucket, term, at, size)
  end
  return bucket, true
end
-- Returns for each term its latest postings, empty if there are none, whether it has a field of its own, and of the others
-- whether it is in a bucket; and the buckets of these others by name.
local function read_terms(index, terms, width)
  local values, is_own, is_rare, buckets, size = {}, {}, {}, {}, TERM + width
  local function collect(i, name, bucket)
    buckets[name] = bucket or ''
    local term, at = terms[i], find_entry(bucket, terms[i], 1, size)
    while at do
      local posting, value = sub(bucket, at + TERM, at + size - 1), values[i]
      local place = place_of(value, posting) * width
      values[i], is_rare[i] = sub(value, 1, place) .. posting .. sub(value, place + 1), true
      at = find_entry(bucket, term, at + size, size)
    end
  end
  local function read_part(first, last)
    -- Most of many terms have a field of their own: they are read first, and the buckets of the others alone.
    local are_many = last - first > 50
    local own = are_many and redis.call('HMGET', index, unpack(terms, first, last)) or {}
    local names, count = {}, 0
    for i = first, last do
      if not own[i - first + 1] then
        names[count + 1], names[count + 2] = buckets_of(terms[i])
        count = count + 2
      end
    end
    if not are_many then for i = first, last do names[#names + 1] = terms[i] end end
    local found, at = #names > 0 and redis.call('HMGET', index, unpack(names)), 1
    for i = first, last do
      local value = are_many and own[i - first + 1] or not are_many and found[count + i - first + 1]
      values[i], is_own[i], is_rare[i] = value or '', value and true, false
      if not value then
        collect(i, names[at], found[at])
        collect(i, names[at + 1], found[at + 1])
      end
      if not (are_many and value) then at = at + 2 end
    end
  end
  -- In parts: a script cannot pass more than some thousand arguments to a command.
  for first = 1, #terms, 500 do read_part(first, math.min(first + 499, #terms)) end
  return values, is_own, is_rare, buckets
end
