-- Makes the tagging of articles due at `due`. A running tagging of them is about an older version: its lease is deleted,
-- so that it cannot end what is due now.
local function queue_tagging(taggings, due_tag, due_retag, lane, due, articles)
  -- In parts: a script cannot pass more than some thousand arguments to a command.
  for start = 1, #articles, 500 do
    local ids = {unpack(articles, start, math.min(start + 499, #articles))}
    -- A delivery from the backfill does not move a tagging from the live queue to the slower one.
    local scores = lane == 'backfill' and redis.call('ZMSCORE', due_tag, unpack(ids)) or {}
    local live, slow = {}, {}
    for i, id in ipairs(ids) do
      local queue = lane == 'backfill' and not scores[i] and slow or live
      queue[#queue + 1] = due
      queue[#queue + 1] = id
    end
    redis.call('HDEL', taggings, unpack(ids))
    if #slow > 0 then redis.call('ZADD', due_retag, unpack(slow)) end
    if #live > 0 then
      redis.call('ZADD', due_tag, unpack(live))
      redis.call('ZREM', due_retag, unpack(ids))
    end
  end
end
