-- KEYS record timeline waiting working refused due-ingest due-suspect due-backfill held
-- ARGV id owner now lease-end horizon timeline-entry suspect-faults entry-if-suspect for-suspects together
-- Returns the number of the attempt and the count of faults before it; attempt 0 means that there is nothing to do, and
-- -1 that the delivery cannot be begun together with others.
local function refuse(transition)
  redis.call('HINCRBY', KEYS[5], transition, 1)
  return {0, 0}
end
local known = redis.call('HMGET', KEYS[1], 'state', 'owner', 'lease', 'attempts', 'faults', 'lane', 'outage', 'due',
  'progress')
if not known[1] then return refuse('begin_unknown') end
if known[1] == 'settled' then return refuse('begin_settled') end
local lane, faults = known[6] or 'ingest', tonumber(known[5] or 0)
local due = ({ingest = KEYS[6], suspect = KEYS[7], backfill = KEYS[8]})[lane]
if known[1] == 'working' then
  if known[2] == ARGV[2] then return {tonumber(known[4]), faults} end
  local ends = tonumber(known[3])
  if ends > tonumber(ARGV[3]) and ends <= tonumber(ARGV[5]) then return refuse('begin_leased') end
end
if ARGV[10] == '1' and (known[1] == 'working' or known[4] ~= '0' or faults > 0 or known[9]) then return {-1, faults} end
if lane == 'suspect' and ARGV[9] == '0' then return refuse('begin_suspect') end
if known[1] == 'working' then
  faults = redis.call('HINCRBY', KEYS[1], 'faults', 1)
  redis.call('HSET', KEYS[1], 'blamed', known[2])
  if lane ~= 'suspect' and faults >= tonumber(ARGV[7]) then
    redis.call('HSET', KEYS[1], 'state', 'waiting', 'lane', 'suspect', 'due', ARGV[3])
    redis.call('HDEL', KEYS[1], 'owner', 'lease')
    redis.call('ZREM', due, ARGV[1])
    redis.call('ZADD', KEYS[7], ARGV[3], ARGV[1])
    redis.call('ZREM', KEYS[4], ARGV[1])
    redis.call('ZADD', KEYS[3], 0, ARGV[1])
    redis.call('RPUSH', KEYS[2], ARGV[8])
    return {0, faults}
  end
end
redis.call('HSET', KEYS[1], 'state', 'working', 'owner', ARGV[2], 'lease', ARGV[4], 'due', ARGV[4])
redis.call('ZADD', due, ARGV[4], ARGV[1])
-- The record of one that may be held has no due time.
if not known[8] then redis.call('ZREM', KEYS[9], ARGV[1]) end
if known[1] == 'waiting' then
  redis.call('ZREM', KEYS[3], ARGV[1])
  redis.call('ZADD', KEYS[4], 0, ARGV[1])
end
-- The repeated attempts during an outage are not in the timeline.
if not known[7] then redis.call('RPUSH', KEYS[2], ARGV[6]) end
return {redis.call('HINCRBY', KEYS[1], 'attempts', 1), faults}
