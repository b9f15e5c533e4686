-- KEYS record timeline waiting working refused due-ingest due-suspect due-backfill   ARGV id owner now
local known = redis.call('HMGET', KEYS[1], 'state', 'owner', 'lane', 'outage', 'n')
if known[1] ~= 'working' or known[2] ~= ARGV[2] then
  redis.call('HINCRBY', KEYS[5], 'give_back_not_held', 1)
  return 0
end
redis.call('HSET', KEYS[1], 'state', 'waiting', 'due', ARGV[3])
redis.call('HDEL', KEYS[1], 'owner', 'lease')
redis.call('HINCRBY', KEYS[1], 'attempts', -1)
-- Only an attempt during an outage has no line.
if not known[4] and known[5] then
  redis.call('HDEL', KEYS[1], 'l' .. known[5] - 1)
  redis.call('HSET', KEYS[1], 'n', known[5] - 1)
elseif not known[4] then
  redis.call('RPOP', KEYS[2])
end
redis.call('ZADD', ({ingest = KEYS[6], suspect = KEYS[7], backfill = KEYS[8]})[known[3] or 'ingest'], ARGV[3], ARGV[1])
redis.call('ZREM', KEYS[4], ARGV[1])
redis.call('ZADD', KEYS[3], 0, ARGV[1])
return 1
