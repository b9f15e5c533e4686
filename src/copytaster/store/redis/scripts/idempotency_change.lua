-- KEYS record   ARGV owner kept-for field value...
-- Sets fields of a key that the owner holds, and returns whether it does. A key that is answered has no owner.
if redis.call('HGET', KEYS[1], 'owner') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], unpack(ARGV, 3))
if redis.call('HEXISTS', KEYS[1], 'answer') == 1 then redis.call('HDEL', KEYS[1], 'owner', 'lease') end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
