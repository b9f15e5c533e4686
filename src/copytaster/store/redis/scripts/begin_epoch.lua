-- KEYS recovery epoch   ARGV owner epoch
-- Without the recovery nothing is marked: the server was emptied once more, and what was brought back is gone again.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return false end
redis.call('SET', KEYS[2], ARGV[2], 'NX')
return redis.call('GET', KEYS[2])
