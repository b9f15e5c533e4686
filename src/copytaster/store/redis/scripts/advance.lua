-- KEYS record timeline waiting working refused due-ingest due-suspect due-backfill due-tag due-retag
--      (index: 11 .. 10+n) tagging...
-- ARGV id owner lease-end progress tag-due n article-to-tag...
local known = redis.call('HMGET', KEYS[1], 'state', 'owner', 'lane')
if known[1] ~= 'working' or known[2] ~= ARGV[2] then
  redis.call('HINCRBY', KEYS[5], 'advance_not_held', 1)
  return 0
end
local lane = known[3] or 'ingest'
local due = ({ingest = KEYS[6], suspect = KEYS[7], backfill = KEYS[8]})[lane]
redis.call('HSET', KEYS[1], 'lease', ARGV[3], 'due', ARGV[3], 'progress', ARGV[4])
redis.call('ZADD', due, ARGV[3], ARGV[1])
local indexes = tonumber(ARGV[6])
for i = 11, 10 + indexes do redis.call('ZADD', KEYS[i], 0, ARGV[1]) end
for i = 11 + indexes, #KEYS do redis.call('DEL', KEYS[i]) end
for i = 7, #ARGV do
  if lane == 'backfill' and not redis.call('ZSCORE', KEYS[9], ARGV[i]) then
    redis.call('ZADD', KEYS[10], ARGV[5], ARGV[i])
  else
    redis.call('ZADD', KEYS[9], ARGV[5], ARGV[i])
    redis.call('ZREM', KEYS[10], ARGV[i])
  end
end
return 1
