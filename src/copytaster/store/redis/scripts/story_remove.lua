-- KEYS stories members relations   ARGV name
-- The entries of story_tie; an article is named by the story that it founds.
local found = redis.call('HGET', KEYS[1], ARGV[1])
if not found then return 0 end
redis.call('ZREM', KEYS[2], found .. ':' .. ARGV[1])
redis.call('HDEL', KEYS[1], ARGV[1])
redis.call('HDEL', KEYS[3], ARGV[1])
return 1
