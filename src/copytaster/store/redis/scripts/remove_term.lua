-- KEYS index blocks   ARGV term width
-- Removes all postings of a term.
redis.call('HDEL', KEYS[1], ARGV[1])
local first, last = '[' .. ARGV[1], '[' .. ARGV[1] .. string.rep('\255', tonumber(ARGV[2]))
local names = redis.call('ZRANGEBYLEX', KEYS[2], first, last)
for start = 1, #names, 500 do redis.call('HDEL', KEYS[1], unpack(names, start, math.min(start + 499, #names))) end
if #names > 0 then redis.call('ZREMRANGEBYLEX', KEYS[2], first, last) end
return 1
