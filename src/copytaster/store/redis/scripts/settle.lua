-- Needs shared/end_outage.lua and shared/queue_tagging.lua.
-- KEYS record timeline waiting working refused due-ingest due-suspect due-backfill due-tag due-retag balance events
--      held (waiting ids of each resource: 14 .. 17) (index: 18 .. 17+n) tagging...
-- ARGV id disposition end timeline-entry event events-kept tag-due n article-to-tag...
local known = redis.call('HMGET', KEYS[1], 'state', 'end', 'lane')
if not known[1] or known[1] == 'settled' then
  local transition = 'settle_unknown'
  if known[1] then
    local same = cjson.decode(known[2])['disposition'] == ARGV[2]
    transition = same and 'settle_same_end' or 'settle_other_end'
  end
  redis.call('HINCRBY', KEYS[5], transition, 1)
  return 0
end
redis.call('HSET', KEYS[1], 'state', 'settled', 'end', ARGV[3])
redis.call('HDEL', KEYS[1], 'owner', 'lease', 'due')
redis.call('RPUSH', KEYS[2], ARGV[4])
redis.call('ZREM', KEYS[3], ARGV[1])
redis.call('ZREM', KEYS[4], ARGV[1])
for i = 6, 8 do redis.call('ZREM', KEYS[i], ARGV[1]) end
redis.call('ZREM', KEYS[13], ARGV[1])
end_outage(ARGV[1], 14)
redis.call('HINCRBY', KEYS[11], ARGV[2], 1)
redis.call('XADD', KEYS[12], 'MAXLEN', '~', ARGV[6], '*', 'json', ARGV[5])
local indexes = tonumber(ARGV[8])
for i = 18, 17 + indexes do redis.call('ZADD', KEYS[i], 0, ARGV[1]) end
queue_tagging(KEYS[9], KEYS[10], known[3], ARGV[7], 9, 18 + indexes)
return 1
