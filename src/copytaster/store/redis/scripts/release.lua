-- KEYS embargoes events timeline released   ARGV id now event events-kept timeline-entry decision
local ends = redis.call('ZSCORE', KEYS[1], ARGV[1])
local has_ended = ends and tonumber(ends) <= tonumber(ARGV[2])
if ARGV[6] == '' then
  if not has_ended then return 0 end
else
  if redis.call('HGET', KEYS[4], ARGV[1]) == ARGV[6] then return 0 end
  redis.call('HSET', KEYS[4], ARGV[1], ARGV[6])
end
if has_ended then redis.call('ZREM', KEYS[1], ARGV[1]) end
redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[4], '*', 'json', ARGV[3])
if ARGV[5] ~= '' then redis.call('RPUSH', KEYS[3], ARGV[5]) end
return 1
