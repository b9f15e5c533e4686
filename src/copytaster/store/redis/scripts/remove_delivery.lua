-- KEYS record timeline index known all sorted-set-of-an-earlier-release...   ARGV id sha256 index-entry...
if redis.call('HGET', KEYS[1], 'state') ~= 'settled' then return 0 end
redis.call('DEL', KEYS[1], KEYS[2])
if redis.call('HGET', KEYS[4], ARGV[2]) == ARGV[1] then redis.call('HDEL', KEYS[4], ARGV[2]) end
for i = 3, #ARGV do redis.call('ZREM', KEYS[3], ARGV[i]) end
for i = 5, #KEYS do redis.call('ZREM', KEYS[i], ARGV[1]) end
return 1
