-- Needs shared/only_version.lua.
-- KEYS article links order   ARGV number-of-versions number-of-links
-- Deletes all unless a version or a link was added since they were counted; an empty number means no version.
local known = redis.call('HMGET', KEYS[1], 'count', ONLY)
if (version_count(known[1], known[2]) or '') ~= ARGV[1] then return 0 end
if redis.call('HLEN', KEYS[2]) ~= tonumber(ARGV[2]) then return 0 end
redis.call('DEL', KEYS[1], KEYS[2], KEYS[3])
return 1
