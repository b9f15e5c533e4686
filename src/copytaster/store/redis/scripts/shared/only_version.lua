-- Owner and time of effect of the only version of an article are one field of 17 bytes: eleven of the owner's id, and six
-- of the milliseconds. It then has no count of versions and no number of the shown one; both are 1. A version with a
-- revision, with the time of a capture or with another form of these has fields of their own, as those of an earlier
-- release and further versions.
local ONLY = 'v'
-- Returns the number of versions, from the fields `count` and `v`; nil if there is no article.
local function version_count(count, only) return count or only and '1' or nil end
-- Writes the only version with fields of their own, as one of several.
local function expand_only_version(article)
  local only = redis.call('HGET', article, ONLY)
  if not only then return end
  local owner = string.gsub(string.sub(only, 1, 11), '.', function(each) return string.format('%02x', string.byte(each)) end)
  local high, low = struct.unpack('>I2I4', string.sub(only, 12))
  local effective = string.format('%.0f', high * 4294967296 + low)
  redis.call('HDEL', article, ONLY)
  redis.call('HSET', article, 'owner:1', 'd' .. owner, 'effective:1', effective, 'shown', 1, 'count', 1)
end
