-- KEYS record timeline due balance events waiting working due-tag (index: 9 .. 8+n) tagging...
-- ARGV id disposition end timeline-entry event events-kept tag-due n article-to-tag...
local state = redis.call('HGET', KEYS[1], 'state')
if not state or state == 'settled' then return 0 end
redis.call('HSET', KEYS[1], 'state', 'settled', 'end', ARGV[3])
redis.call('HDEL', KEYS[1], 'owner', 'lease', 'due')
redis.call('RPUSH', KEYS[2], ARGV[4])
redis.call('ZREM', KEYS[3], ARGV[1])
redis.call('HINCRBY', KEYS[4], ARGV[2], 1)
redis.call('XADD', KEYS[5], 'MAXLEN', '~', ARGV[6], '*', 'json', ARGV[5])
redis.call('ZREM', KEYS[6], ARGV[1])
redis.call('ZREM', KEYS[7], ARGV[1])
local indexes = tonumber(ARGV[8])
for i = 9, 8 + indexes do redis.call('ZADD', KEYS[i], 0, ARGV[1]) end
-- A tagging that runs right now is about an older version: without its lease it cannot end what is due from here on.
for i = 9 + indexes, #KEYS do redis.call('DEL', KEYS[i]) end
for i = 9, #ARGV do redis.call('ZADD', KEYS[8], ARGV[7], ARGV[i]) end
return 1
