-- KEYS article links order   ARGV number-of-versions number-of-links
-- Deletes all unless a version or a link was added since they were counted; an empty number means no version.
if (redis.call('HGET', KEYS[1], 'count') or '') ~= ARGV[1] then return 0 end
if redis.call('HLEN', KEYS[2]) ~= tonumber(ARGV[2]) then return 0 end
redis.call('DEL', KEYS[1], KEYS[2], KEYS[3])
return 1
