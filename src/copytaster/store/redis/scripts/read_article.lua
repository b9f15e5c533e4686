-- KEYS article duplicates
-- Returns number, document, tagging and duplicates of the current version, and whether the article was accepted; an
-- empty list if there is no such article.
local shown = redis.call('HGET', KEYS[1], 'shown')
if not shown then return {} end
local found = redis.call('HMGET', KEYS[1], 'document:' .. shown, 'tagging:' .. shown, 'accepted')
return {shown, found[1], found[2] or '', redis.call('HVALS', KEYS[2]), found[3] and 1 or 0}
