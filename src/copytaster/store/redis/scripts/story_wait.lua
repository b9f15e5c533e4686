-- Needs shared/story_keys.lua.
-- KEYS index   ARGV prefix original article copy
-- Returns 0 if the original or the copy is in a story.
local prefix, original, article = ARGV[1], ARGV[2], ARGV[3]
for _, each in ipairs({original, article}) do
  if redis.call('HEXISTS', placed_key(prefix, each), each) == 1 then return 0 end
end
if redis.call('HSET', prefix .. 'waiting:' .. original, article, ARGV[4]) == 1 then
  redis.call('HINCRBY', placed_key(prefix, original), WAITED_FOR .. original, 1)
end
return 1
