-- The index of terms. The hash `index` has the latest postings of each term, in ascending order, and the sorted set
-- `blocks` the names of the blocks with the earlier ones of terms that have many. A block is a field of the hash too; its
-- name is the term and the lowest posting that belongs to it. Zeros stand for any posting that is lower than those of the
-- other blocks. One more byte at the end of the latest postings says that there are blocks.
local HAS_BLOCKS = 's'
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
