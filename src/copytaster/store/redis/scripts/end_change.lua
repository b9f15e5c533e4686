-- KEYS article change   ARGV owner
-- Counts the change, so that the article is in another state, unless it was removed.
if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('HINCRBY', KEYS[1], 'changes', 1) end
if redis.call('GET', KEYS[2]) == ARGV[1] then redis.call('DEL', KEYS[2]) end
return 1
