-- KEYS record timeline waiting working refused due-ingest due-suspect due-backfill   ARGV id owner now timeline-entry
-- Returns 0 if the attempt of this owner neither runs nor was counted as a death.
local known = redis.call('HMGET', KEYS[1], 'state', 'owner', 'lane', 'blamed')
if known[1] == 'working' and known[2] == ARGV[2] then
  local due = ({ingest = KEYS[6], suspect = KEYS[7], backfill = KEYS[8]})[known[3] or 'ingest']
  redis.call('HSET', KEYS[1], 'state', 'waiting', 'due', ARGV[3])
  redis.call('HDEL', KEYS[1], 'owner', 'lease', 'n')
  redis.call('ZADD', due, ARGV[3], ARGV[1])
  redis.call('ZREM', KEYS[4], ARGV[1])
  redis.call('ZADD', KEYS[3], 0, ARGV[1])
elseif known[4] == ARGV[2] and known[1] ~= 'settled' then
  redis.call('HINCRBY', KEYS[1], 'faults', -1)
  redis.call('HDEL', KEYS[1], 'blamed', 'n')
else
  return 0
end
redis.call('HINCRBY', KEYS[1], 'attempts', -1)
redis.call('RPUSH', KEYS[2], ARGV[4])
return 1
