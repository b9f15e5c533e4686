-- KEYS record timeline due-or-held balance events refused held-due index...
-- ARGV id body due-or-place timeline-entry event events-kept lane held-due
-- An empty held-due means that the delivery gets a due time, else it is held at its place.
if redis.call('EXISTS', KEYS[1]) == 1 then
  redis.call('HINCRBY', KEYS[6], 'register_known', 1)
  return 0
end
redis.call('HSET', KEYS[1], 'body', ARGV[2], 'state', 'waiting', 'attempts', 0, 'lane', ARGV[7])
if ARGV[8] == '' then
  redis.call('HSET', KEYS[1], 'due', ARGV[3])
else
  redis.call('SET', KEYS[7], ARGV[8])
end
redis.call('RPUSH', KEYS[2], ARGV[4])
redis.call('ZADD', KEYS[3], ARGV[3], ARGV[1])
redis.call('HINCRBY', KEYS[4], 'seen', 1)
redis.call('XADD', KEYS[5], 'MAXLEN', '~', ARGV[6], '*', 'json', ARGV[5])
for i = 8, #KEYS do redis.call('ZADD', KEYS[i], 0, ARGV[1]) end
return 1
