-- KEYS recovery   ARGV owner milliseconds
-- A time of zero releases the lease: the key expires at once.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
