-- Makes the tagging of the articles in ARGV from `first` on due at `due`. A running tagging of them is about an older
-- version: its lease is deleted, so that it cannot end what is due now.
local function queue_tagging(taggings, due_tag, due_retag, lane, due, first)
  -- In parts: a script cannot pass more than some thousand arguments to a command.
  for start = first, #ARGV, 500 do
    local ids = {unpack(ARGV, start, math.min(start + 499, #ARGV))}
    redis.call('HDEL', taggings, unpack(ids))
    -- A delivery from the backfill does not move a tagging from the live queue to the slower one.
    local scores = lane == 'backfill' and redis.call('ZMSCORE', due_tag, unpack(ids)) or {}
    local live, slow = {}, {}
    for i, id in ipairs(ids) do
      local queue = lane == 'backfill' and not scores[i] and slow or live
      queue[#queue + 1] = due
      queue[#queue + 1] = id
    end
    if #slow > 0 then redis.call('ZADD', due_retag, unpack(slow)) end
    if #live > 0 then
      redis.call('ZADD', due_tag, unpack(live))
      redis.call('ZREM', due_retag, unpack(ids))
    end
  end
end
