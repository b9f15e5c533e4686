-- KEYS window   ARGV number postings
-- Removes the postings of an article from the buckets.
local number = ARGV[1]
local fields, runs = near_postings(ARGV[2])
for i, name in ipairs(fields) do
  local bucket = redis.call('HGET', KEYS[1], name)
  local at = 1
  while bucket do
    at = string.find(bucket, runs[i] .. number, at, true)
    if not at or at % 7 == 1 then break end
    at = at + 1
  end
  if bucket and at then
    bucket = string.sub(bucket, 1, at - 1) .. string.sub(bucket, at + 7)
    if bucket == '' then
      redis.call('HDEL', KEYS[1], name)
    else
      redis.call('HSET', KEYS[1], name, bucket)
    end
  end
end
return 1
