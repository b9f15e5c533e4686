-- KEYS record timeline due balance events refused index...   ARGV id body due timeline-entry event events-kept lane
if redis.call('EXISTS', KEYS[1]) == 1 then
  redis.call('HINCRBY', KEYS[6], 'register_known', 1)
  return 0
end
redis.call('HSET', KEYS[1], 'body', ARGV[2], 'state', 'waiting', 'attempts', 0, 'due', ARGV[3], 'lane', ARGV[7])
redis.call('RPUSH', KEYS[2], ARGV[4])
redis.call('ZADD', KEYS[3], ARGV[3], ARGV[1])
redis.call('HINCRBY', KEYS[4], 'seen', 1)
redis.call('XADD', KEYS[5], 'MAXLEN', '~', ARGV[6], '*', 'json', ARGV[5])
for i = 7, #KEYS do redis.call('ZADD', KEYS[i], 0, ARGV[1]) end
return 1
