-- Needs shared/order_links.lua, shared/pieces.lua and shared/only_version.lua.
-- KEYS article links order   ARGV original newest
-- Returns number, document and tagging of the current version, its newest links and the number of all, whether the
-- article was accepted, and the decision about a release of one of its versions; an empty list if there is no article.
local head = {'shown', 'accepted', 'release', ONLY}
local stored = read_version(KEYS[1], '1', head)  -- the only version of most articles
local shown = version_count(stored.fields[1], stored.fields[4])
if not shown then return {} end
if shown ~= '1' then stored = read_version(KEYS[1], shown, head) end
local newest = tonumber(ARGV[2])
local count = order_links(KEYS[2], KEYS[3], newest, ARGV[1])
local links = count == 0 and {} or newest_links(KEYS[2], KEYS[3], count > newest, '+', newest)
local accepted, decision = stored.fields[2] and 1 or 0, stored.fields[3] or ''
return {shown, stored.document, stored.tagging or '', links, count, accepted, decision}
