-- Returns the article that a link is about; see ``article_links``.
local function copy_of(link)
  if string.sub(link, 1, 1) == '{' then return cjson.decode(link)['article_id'] end
  local hex = string.gsub(string.sub(link, 2, 11), '.', function(each) return string.format('%02x', string.byte(each)) end)
  return 'a' .. hex
end
-- The order of an article's links, which exists only while there are more than `newest` of them: the ids of their
-- deliveries, which begin with "d", and for a copy that is an article of its own the entry "@article delivery".
-- Returns the number of links; first completes the order if an earlier release or fewer links have left none.
local function order_links(links, order, newest, original)
  local count = redis.call('HLEN', links)
  if count <= newest or redis.call('ZLEXCOUNT', order, '[A', '+') == count then return count end
  redis.call('DEL', order)
  local all = redis.call('HGETALL', links)
  for i = 1, #all, 2 do
    local copy = copy_of(all[i + 1])
    redis.call('ZADD', order, 0, all[i])
    if copy ~= original then redis.call('ZADD', order, 0, '@' .. copy .. ' ' .. all[i]) end
  end
  return count
end
-- Returns up to `limit` links from this one on, the newest first; all of them, in no order, if there is none.
local function newest_links(links, order, ordered, from, limit)
  if not ordered then return redis.call('HVALS', links) end
  local ids = redis.call('ZREVRANGEBYLEX', order, from, '[A', 'LIMIT', 0, limit)
  if #ids == 0 then return ids end
  return redis.call('HMGET', links, unpack(ids))
end
