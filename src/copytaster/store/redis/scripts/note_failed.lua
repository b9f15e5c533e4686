-- Needs shared/failed_files.lua.
-- KEYS record failed reasons sources   ARGV id reason source
-- Adds a delivery that an earlier release has settled to the failed files, unless it was retried or removed since.
local known = redis.call('HMGET', KEYS[1], 'state', 'retried_as')
if known[1] ~= 'settled' or known[2] then return 0 end
add_failed(2, unpack(ARGV))
return 1
