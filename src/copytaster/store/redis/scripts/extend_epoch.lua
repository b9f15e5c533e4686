-- KEYS complete   ARGV run until
-- The run is part of the data: if an older state was restored since the caller read it, nothing is changed.
if redis.call('HGET', KEYS[1], 'run') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'until', ARGV[2])
return 1
