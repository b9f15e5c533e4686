-- Needs shared/end_outage.lua.
-- KEYS record timeline waiting working refused due-ingest due-suspect due-backfill (waiting ids of each resource: 9 .. 12)
-- ARGV id owner now timeline-entry
local known = redis.call('HMGET', KEYS[1], 'state', 'owner', 'lane')
if known[1] ~= 'working' or known[2] ~= ARGV[2] then
  redis.call('HINCRBY', KEYS[5], 'pause_not_held', 1)
  return 0
end
local dues, lane = {ingest = KEYS[6], suspect = KEYS[7], backfill = KEYS[8]}, known[3] or 'ingest'
redis.call('ZREM', dues[lane], ARGV[1])
if lane ~= 'suspect' then lane = 'backfill' end
redis.call('ZADD', dues[lane], ARGV[3], ARGV[1])
redis.call('HSET', KEYS[1], 'state', 'waiting', 'lane', lane, 'due', ARGV[3], 'attempts', 0)
redis.call('HDEL', KEYS[1], 'owner', 'lease', 'n')
redis.call('ZREM', KEYS[4], ARGV[1])
redis.call('ZADD', KEYS[3], 0, ARGV[1])
redis.call('RPUSH', KEYS[2], ARGV[4])
end_outage(KEYS[1], ARGV[1], 9)
return 1
