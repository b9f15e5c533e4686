-- KEYS tagging due-tag due-retag refused   ARGV id owner now lease-end horizon
-- Returns the number of the attempt; 0 means that there is nothing to do.
local due = redis.call('ZSCORE', KEYS[2], ARGV[1]) and KEYS[2] or redis.call('ZSCORE', KEYS[3], ARGV[1]) and KEYS[3]
if not due then
  redis.call('HINCRBY', KEYS[4], 'tagging_not_due', 1)
  return 0
end
local known = redis.call('HMGET', KEYS[1], 'owner', 'lease', 'attempts')
if known[1] == ARGV[2] then return tonumber(known[3]) end
local ends = tonumber(known[2] or 0)
if ends > tonumber(ARGV[3]) and ends <= tonumber(ARGV[5]) then
  redis.call('HINCRBY', KEYS[4], 'tagging_leased', 1)
  return 0
end
if known[1] then redis.call('HSET', KEYS[1], 'blamed', known[1]) end
local attempt = tonumber(known[3] or 0) + 1
redis.call('HSET', KEYS[1], 'owner', ARGV[2], 'lease', ARGV[4], 'attempts', attempt)
redis.call('ZADD', due, ARGV[4], ARGV[1])
return attempt
