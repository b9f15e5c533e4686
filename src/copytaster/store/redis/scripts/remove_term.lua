-- Needs shared/postings.lua.
-- KEYS index blocks   ARGV width term...
-- Removes all postings of terms.
local width = tonumber(ARGV[1])
local function remove(term)
  redis.call('HDEL', KEYS[1], term)
  for _, name in ipairs({buckets_of(term)}) do
    local left, has_changed = without_term(redis.call('HGET', KEYS[1], name) or '', term, width)
    if has_changed and left ~= '' then redis.call('HSET', KEYS[1], name, left) end
    if has_changed and left == '' then redis.call('HDEL', KEYS[1], name) end
  end
  local first, last = '[' .. term, '[' .. term .. string.rep('\255', width)
  local names = redis.call('ZRANGEBYLEX', KEYS[2], first, last)
  for start = 1, #names, 500 do redis.call('HDEL', KEYS[1], unpack(names, start, math.min(start + 499, #names))) end
  if #names > 0 then redis.call('ZREMRANGEBYLEX', KEYS[2], first, last) end
end
for i = 2, #ARGV do remove(ARGV[i]) end
return 1
