-- Needs shared/postings.lua and shared/edit_postings.lua.
-- KEYS record timeline index blocks known   ARGV id sha256 posting term...
if redis.call('HGET', KEYS[1], 'state') ~= 'settled' then return 0 end
redis.call('DEL', KEYS[1], KEYS[2])
if redis.call('HGET', KEYS[5], ARGV[2]) == ARGV[1] then redis.call('HDEL', KEYS[5], ARGV[2]) end
edit_postings(KEYS[3], KEYS[4], {{posting = ARGV[3], added = {}, removed = arguments(4, #ARGV)}})
return 1
