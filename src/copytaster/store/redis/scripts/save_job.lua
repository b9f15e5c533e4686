-- KEYS records open lease ended   ARGV owner id record has-ended leased-until
-- An empty time ends the lease. Returns whether the owner had it.
if redis.call('HGET', KEYS[3], 'owner') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], ARGV[2], ARGV[3])
if ARGV[4] == '1' then
  redis.call('ZREM', KEYS[2], ARGV[2])
  redis.call('ZADD', KEYS[4], 0, ARGV[2])
end
if ARGV[5] == '' then redis.call('DEL', KEYS[3]) else redis.call('HSET', KEYS[3], 'until', ARGV[5]) end
return 1
