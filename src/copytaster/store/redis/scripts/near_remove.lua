-- KEYS window   ARGV number bucket run...
-- Removes the postings of an article from the buckets.
local number = ARGV[1]
for i = 2, #ARGV, 2 do
  local bucket = redis.call('HGET', KEYS[1], ARGV[i])
  local at = 1
  while bucket do
    at = string.find(bucket, ARGV[i + 1] .. number, at, true)
    if not at or at % 7 == 1 then break end
    at = at + 1
  end
  if bucket and at then
    bucket = string.sub(bucket, 1, at - 1) .. string.sub(bucket, at + 7)
    if bucket == '' then
      redis.call('HDEL', KEYS[1], ARGV[i])
    else
      redis.call('HSET', KEYS[1], ARGV[i], bucket)
    end
  end
end
return 1
