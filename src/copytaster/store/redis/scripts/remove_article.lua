-- Needs shared/only_version.lua.
-- KEYS article links order change   ARGV number-of-versions number-of-links number-of-changes
-- Deletes all unless a version or a link was added since they were counted, or a person has changed the article since or
-- changes it now. An empty number means none; if that of changes is "any", no change matters.
local known = redis.call('HMGET', KEYS[1], 'count', ONLY, 'changes')
if ARGV[3] ~= 'any' and (redis.call('EXISTS', KEYS[4]) == 1 or (known[3] or '') ~= ARGV[3]) then return 0 end
if (version_count(known[1], known[2]) or '') ~= ARGV[1] then return 0 end
if redis.call('HLEN', KEYS[2]) ~= tonumber(ARGV[2]) then return 0 end
redis.call('DEL', KEYS[1], KEYS[2], KEYS[3])
return 1
