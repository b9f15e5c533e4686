-- KEYS due-tag due-retag   ARGV due id...
for n = 2, #ARGV do
  if not redis.call('ZSCORE', KEYS[1], ARGV[n]) then redis.call('ZADD', KEYS[2], 'NX', ARGV[1], ARGV[n]) end
end
return 1
