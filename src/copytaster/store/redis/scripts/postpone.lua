-- Needs shared/end_outage.lua.
-- KEYS record timeline waiting working refused due-ingest due-suspect due-backfill (waiting ids of each resource: 9 .. 12)
-- ARGV id owner due timeline-entry suspect-after entry-if-suspect now resource key-of-the-resource
-- An empty resource means that the attempt ended by a fault, else it ended by an outage and does not count.
local known = redis.call('HMGET', KEYS[1], 'state', 'owner', 'lane', 'outage')
if known[1] ~= 'working' or known[2] ~= ARGV[2] then
  redis.call('HINCRBY', KEYS[5], 'postpone_not_held', 1)
  return 0
end
local dues, lane = {ingest = KEYS[6], suspect = KEYS[7], backfill = KEYS[8]}, known[3] or 'ingest'
if ARGV[8] == '' then
  end_outage(KEYS[1], ARGV[1], 9)
  redis.call('RPUSH', KEYS[2], ARGV[4])
  if redis.call('HINCRBY', KEYS[1], 'faults', 1) >= tonumber(ARGV[5]) and lane ~= 'suspect' then
    redis.call('ZREM', dues[lane], ARGV[1])
    redis.call('RPUSH', KEYS[2], ARGV[6])
    lane = 'suspect'
  end
else
  -- Only the first attempt is in the timeline: an outage of a weekend has thousands.
  if known[4] ~= ARGV[8] then
    for i = 9, 12 do redis.call('ZREM', KEYS[i], ARGV[1]) end
    redis.call('ZADD', KEYS[tonumber(ARGV[9])], ARGV[7], ARGV[1])
    redis.call('HSET', KEYS[1], 'outage', ARGV[8])
    redis.call('HSETNX', KEYS[1], 'outage_since', ARGV[7])
    redis.call('RPUSH', KEYS[2], ARGV[4])
  end
  redis.call('HINCRBY', KEYS[1], 'outage_attempts', 1)
  redis.call('HINCRBY', KEYS[1], 'attempts', -1)
end
redis.call('HSET', KEYS[1], 'state', 'waiting', 'due', ARGV[3], 'lane', lane)
redis.call('HDEL', KEYS[1], 'owner', 'lease', 'n')
redis.call('ZADD', dues[lane], ARGV[3], ARGV[1])
redis.call('ZREM', KEYS[4], ARGV[1])
redis.call('ZADD', KEYS[3], 0, ARGV[1])
return 1
