-- Needs shared/pieces.lua, shared/only_version.lua and shared/article_state.lua.
-- KEYS article links change   ARGV owner milliseconds state-or-empty
-- Returns 1 if the owner may change the article now, 0 if it is not in this state, -1 if another one changes it.
if redis.call('EXISTS', KEYS[3]) == 1 then return -1 end
if ARGV[3] ~= '' and article_state(KEYS[1], KEYS[2]) ~= ARGV[3] then return 0 end
redis.call('SET', KEYS[3], ARGV[1], 'PX', ARGV[2])
return 1
