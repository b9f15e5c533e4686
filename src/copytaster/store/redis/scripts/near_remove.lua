-- KEYS window   ARGV number postings
-- Removes the postings of an article from the buckets.
local number = ARGV[1]
local count, fields = near_fields(ARGV[2])
local stored, left = redis.call('HMGET', KEYS[1], unpack(fields, 1, 2 * count)), {}
local function remove(name, stored, run)
  local bucket = left[name] or stored
  local at = find_entry(bucket, run .. number, 1, 7)
  if at then left[name] = string.sub(bucket, 1, at - 1) .. string.sub(bucket, at + 7) end
end
for i = 1, 2 * count do remove(fields[i], stored[i], fields[2 * count + 1 + (i - 1) % count]) end
local emptied, changed = {}, {}
for name, bucket in pairs(left) do
  if bucket == '' then
    emptied[#emptied + 1] = name
  else
    changed[#changed + 1] = name
    changed[#changed + 1] = bucket
  end
end
if #emptied > 0 then redis.call('HDEL', KEYS[1], unpack(emptied)) end
if #changed > 0 then redis.call('HSET', KEYS[1], unpack(changed)) end
return 1
