-- KEYS recovery epoch complete   ARGV owner epoch run until
-- Marks nothing if the caller has lost the recovery lease: the server was emptied again, with the recovered data.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return false end
redis.call('SET', KEYS[2], ARGV[2], 'NX')
redis.call('HSET', KEYS[3], 'run', ARGV[3], 'until', ARGV[4])
return redis.call('GET', KEYS[2])
