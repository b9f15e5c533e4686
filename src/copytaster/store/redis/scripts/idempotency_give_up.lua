-- KEYS record   ARGV owner
if redis.call('HGET', KEYS[1], 'owner') ~= ARGV[1] then return 0 end
if redis.call('HEXISTS', KEYS[1], 'fingerprint') == 1 then return 0 end
return redis.call('DEL', KEYS[1])
