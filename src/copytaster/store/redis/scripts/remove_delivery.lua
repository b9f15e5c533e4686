-- Needs shared/postings.lua, shared/edit_postings.lua and shared/failed_files.lua.
-- KEYS record timeline index blocks known failed reasons sources   ARGV id sha256 reason source posting term...
if redis.call('HGET', KEYS[1], 'state') ~= 'settled' then return 0 end
redis.call('DEL', KEYS[1], KEYS[2])
if redis.call('HGET', KEYS[5], ARGV[2]) == ARGV[1] then redis.call('HDEL', KEYS[5], ARGV[2]) end
remove_failed(6, ARGV[1], ARGV[3], ARGV[4])
edit_postings(KEYS[3], KEYS[4], {{posting = ARGV[5], added = {}, removed = arguments(6, #ARGV)}})
return 1
