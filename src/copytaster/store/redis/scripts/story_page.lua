-- KEYS sorted-set   ARGV direction received member limit
-- Returns members with their scores: those behind the given position, which may have moved since.
local backwards = ARGV[1] == 'backwards'
local first = 0
if ARGV[3] ~= '' then
  local score = redis.call('ZSCORE', KEYS[1], ARGV[3])
  if score and tonumber(score) == tonumber(ARGV[2]) then
    first = redis.call(backwards and 'ZREVRANK' or 'ZRANK', KEYS[1], ARGV[3]) + 1
  elseif backwards then
    first = redis.call('ZCOUNT', KEYS[1], '(' .. ARGV[2], '+inf')
  else
    first = redis.call('ZCOUNT', KEYS[1], '-inf', '(' .. ARGV[2])
  end
end
return redis.call(backwards and 'ZREVRANGE' or 'ZRANGE', KEYS[1], first, first + ARGV[4] - 1, 'WITHSCORES')
