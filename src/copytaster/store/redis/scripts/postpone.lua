-- KEYS record timeline waiting working refused due-ingest due-suspect due-backfill
-- ARGV id owner due timeline-entry is-fault suspect-faults entry-if-suspect
local known = redis.call('HMGET', KEYS[1], 'state', 'owner', 'lane')
if known[1] ~= 'working' or known[2] ~= ARGV[2] then
  redis.call('HINCRBY', KEYS[5], 'postpone_not_held', 1)
  return 0
end
local dues, lane = {ingest = KEYS[6], suspect = KEYS[7], backfill = KEYS[8]}, known[3] or 'ingest'
redis.call('RPUSH', KEYS[2], ARGV[4])
if ARGV[5] == '1' and redis.call('HINCRBY', KEYS[1], 'faults', 1) >= tonumber(ARGV[6]) and lane ~= 'suspect' then
  redis.call('ZREM', dues[lane], ARGV[1])
  redis.call('RPUSH', KEYS[2], ARGV[7])
  lane = 'suspect'
end
redis.call('HSET', KEYS[1], 'state', 'waiting', 'due', ARGV[3], 'lane', lane)
redis.call('HDEL', KEYS[1], 'owner', 'lease')
redis.call('ZADD', dues[lane], ARGV[3], ARGV[1])
redis.call('ZREM', KEYS[4], ARGV[1])
redis.call('ZADD', KEYS[3], 0, ARGV[1])
return 1
