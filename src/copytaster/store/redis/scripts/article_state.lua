-- Needs shared/pieces.lua, shared/only_version.lua and shared/article_state.lua.
-- KEYS article links
return article_state(KEYS[1], KEYS[2])
