-- The index of terms. The hash `index` has the latest postings of each term, in ascending order, and the sorted set
-- `blocks` the names of the blocks with the earlier ones of terms that have many. A block is a field of the hash too; its
-- name is the term and the lowest posting that belongs to it. Zeros stand for any posting that is lower than those of the
-- other blocks. One more byte at the end of the latest postings says that there are blocks.
--
-- The postings of a rare term are in a bucket, a field that many terms have in common: a field of its own takes twice as
-- much as one posting. A bucket has entries of a term and one posting, in no order. Each term has two buckets, one of 512 for
-- small indexes, and one of 16,384, which has those that the first has no room for.
local HAS_BLOCKS, TERM = 's', 6
local function is_lower(one, other)
  for i = 1, #one do
    local a, b = string.byte(one, i), string.byte(other, i)
    if a ~= b then return a < b end
  end
  return false
end
-- Returns how many postings of a block are lower, and whether the block has this posting. Most are higher than all.
local function place_of(block, posting)
  local width, low, high = #posting, 0, #block / #posting
  if high > 0 and is_lower(string.sub(block, -width), posting) then return high, false end
  while low < high do
    local middle = math.floor((low + high) / 2)
    if is_lower(string.sub(block, middle * width + 1, (middle + 1) * width), posting) then
      low = middle + 1
    else
      high = middle
    end
  end
  return low, string.sub(block, low * width + 1, (low + 1) * width) == posting
end
-- Returns the latest postings of a term, and whether it has blocks.
local function latest_of(value, width)
  if value and #value % width == 1 then return string.sub(value, 1, -2), true end
  return value or '', false
end
-- Returns the names of a term's blocks that may have this posting or lower ones, the highest first.
local function block_names(blocks, term, posting, first, count)
  return redis.call('ZREVRANGEBYLEX', blocks, '[' .. term .. posting, '[' .. term, 'LIMIT', first, count)
end
-- Returns the names of the two buckets of a term.
local function buckets_of(term)
  local high, low = string.byte(term, 1, 2)
  return '1' .. string.char(high, low - low % 128), '2' .. string.char(high, low - low % 4)
end
-- Returns the place of the term's next entry in a bucket from `at` on.
local function find_entry(bucket, term, at, size)
  at = string.find(bucket, term, at, true)
  while at and at % size ~= 1 do at = string.find(bucket, term, at + 1, true) end
  return at
end
-- Returns the bucket without the entries of a term, and whether it had some.
local function without_term(bucket, term, width)
  local size = TERM + width
  local at = find_entry(bucket, term, 1, size)
  if not at then return bucket, false end
  while at do
    bucket = string.sub(bucket, 1, at - 1) .. string.sub(bucket, at + size)
    at = find_entry(bucket, term, at, size)
  end
  return bucket, true
end
-- Returns the latest postings of terms, empty for those without, whether each has a field of its own, and the buckets by
-- name.
local function read_terms(index, terms, width)
  local values, is_own, buckets, size = {}, {}, {}, TERM + width
  local function collect(term, bucket)
    local at = find_entry(bucket, term, 1, size)
    while at do
      local posting, value = string.sub(bucket, at + TERM, at + size - 1), values[term]
      local place = place_of(value, posting) * width
      values[term] = string.sub(value, 1, place) .. posting .. string.sub(value, place + 1)
      at = find_entry(bucket, term, at + size, size)
    end
  end
  -- In parts: a script cannot pass more than some thousand arguments to a command.
  for start = 1, #terms, 500 do
    local names, count = {}, 0
    for i = start, math.min(start + 499, #terms) do
      names[count + 1], names[count + 2], names[count + 3] = terms[i], buckets_of(terms[i])
      count = count + 3
    end
    local found = redis.call('HMGET', index, unpack(names))
    for i = 1, count, 3 do
      local term = names[i]
      values[term], is_own[term] = found[i] or '', found[i] and true
      for n = i + 1, i + 2 do
        buckets[names[n]] = found[n] or ''
        if found[n] and not found[i] then collect(term, found[n]) end
      end
    end
  end
  return values, is_own, buckets
end
