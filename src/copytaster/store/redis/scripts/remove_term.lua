-- Needs shared/postings.lua.
-- KEYS index blocks   ARGV term width
-- Removes all postings of a term.
redis.call('HDEL', KEYS[1], ARGV[1])
for _, name in ipairs({buckets_of(ARGV[1])}) do
  local left, has_changed = without_term(redis.call('HGET', KEYS[1], name) or '', ARGV[1], tonumber(ARGV[2]))
  if has_changed and left ~= '' then redis.call('HSET', KEYS[1], name, left) end
  if has_changed and left == '' then redis.call('HDEL', KEYS[1], name) end
end
local first, last = '[' .. ARGV[1], '[' .. ARGV[1] .. string.rep('\255', tonumber(ARGV[2]))
local names = redis.call('ZRANGEBYLEX', KEYS[2], first, last)
for start = 1, #names, 500 do redis.call('HDEL', KEYS[1], unpack(names, start, math.min(start + 499, #names))) end
if #names > 0 then redis.call('ZREMRANGEBYLEX', KEYS[2], first, last) end
return 1
