-- KEYS held held-due due   ARGV due next-held-due id...
redis.call('SET', KEYS[2], ARGV[2])
for i = 3, #ARGV do
  if redis.call('ZREM', KEYS[1], ARGV[i]) == 1 then redis.call('ZADD', KEYS[3], ARGV[1], ARGV[i]) end
end
return 1
