-- Needs shared/story_keys.lua.
-- KEYS index   ARGV prefix article...
-- Returns what is stored for the place of each article, in their order: a story, empty for its own, or nothing.
local found = {}
for i = 2, #ARGV do
  found[i - 1] = redis.call('HGET', placed_key(ARGV[1], ARGV[i]), ARGV[i])
end
return found
