-- Needs shared/order_links.lua.
-- KEYS links order   ARGV original newest from limit
local newest = tonumber(ARGV[2])
local count = order_links(KEYS[1], KEYS[2], newest, ARGV[1])
return newest_links(KEYS[1], KEYS[2], count > newest, ARGV[3], tonumber(ARGV[4]))
