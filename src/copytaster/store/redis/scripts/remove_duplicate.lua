-- Needs shared/order_links.lua.
-- KEYS links order   ARGV copy original newest
-- Removes the links to the deliveries of a copy, and returns them; the order is removed with the last link that needs it.
local newest = tonumber(ARGV[3])
local ids, entry, removed = nil, '@' .. ARGV[1] .. ' ', {}
if order_links(KEYS[1], KEYS[2], newest, ARGV[2]) > newest then
  ids = redis.call('ZRANGEBYLEX', KEYS[2], '[' .. entry, '(@' .. ARGV[1] .. '!')
  for i, each in ipairs(ids) do
    redis.call('ZREM', KEYS[2], each)
    ids[i] = string.sub(each, #entry + 1)
  end
else
  ids = redis.call('HKEYS', KEYS[1])
end
for _, id in ipairs(ids) do
  local link = redis.call('HGET', KEYS[1], id)
  if link and copy_of(link) == ARGV[1] then
    redis.call('HDEL', KEYS[1], id)
    redis.call('ZREM', KEYS[2], id)
    removed[#removed + 1] = link
  end
end
if redis.call('HLEN', KEYS[1]) <= newest then redis.call('DEL', KEYS[2]) end
return removed
