-- Returns the revision of a version, its time, and when it was seen: the milliseconds of its capture, else those of the
-- arrival of its delivery, which are in the owner's id (see new_delivery_id).
local function version_rank(article, version)
  local rank = redis.call('HMGET', article, 'revision:' .. version, 'effective:' .. version, 'seen:' .. version,
    'owner:' .. version)
  local seen = rank[3] or tonumber(string.sub(rank[4] or '', 2, 13), 16)
  return tonumber(rank[1] or '0'), tonumber(rank[2] or '0'), tonumber(seen or '0')
end
