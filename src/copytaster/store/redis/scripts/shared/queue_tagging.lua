-- Makes the tagging of the articles in ARGV from `first_article` on due at `due`. A running tagging of them is about an
-- older version: its lease, one of the KEYS from `first_lease` on, is deleted, so that it cannot end what is due now.
local function queue_tagging(due_tag, due_retag, lane, due, first_article, first_lease)
  for i = first_lease, #KEYS do redis.call('DEL', KEYS[i]) end
  for i = first_article, #ARGV do
    -- A delivery from the backfill does not move a tagging from the live queue to the slower one.
    if lane == 'backfill' and not redis.call('ZSCORE', due_tag, ARGV[i]) then
      redis.call('ZADD', due_retag, due, ARGV[i])
    else
      redis.call('ZADD', due_tag, due, ARGV[i])
      redis.call('ZREM', due_retag, ARGV[i])
    end
  end
end
