-- Needs shared/order_links.lua and shared/pieces.lua.
-- KEYS article links order   ARGV original newest
-- Returns number, document and tagging of the current version, its newest links and the number of all, whether the
-- article was accepted, and the decision about a release of one of its versions; an empty list if there is no article.
local shown = redis.call('HGET', KEYS[1], 'shown')
if not shown then return {} end
local plain = redis.call('HMGET', KEYS[1], 'document:' .. shown, 'tagging:' .. shown, 'accepted', 'release')
local document = read_record(KEYS[1], 'd:' .. shown) or plain[1]
local tagging = plain[2] or read_record(KEYS[1], 't:' .. shown) or ''
local newest = tonumber(ARGV[2])
local count = order_links(KEYS[2], KEYS[3], newest, ARGV[1])
local links = count == 0 and {} or newest_links(KEYS[2], KEYS[3], count > newest, '+', newest)
return {shown, document, tagging, links, count, plain[3] and 1 or 0, plain[4] or ''}
