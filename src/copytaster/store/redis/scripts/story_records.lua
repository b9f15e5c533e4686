-- Needs shared/story_keys.lua.
-- KEYS index   ARGV prefix story...
-- Returns the record of each story, of the one into which it was merged, or nothing.
local found = {}
for i = 2, #ARGV do
  found[i - 1] = redis.call('GET', story_key(ARGV[1], 'story', present_handle(ARGV[1], ARGV[i])))
end
return found
