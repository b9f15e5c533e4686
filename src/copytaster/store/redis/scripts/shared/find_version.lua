-- Returns the number of the version that this owner has stored; nil if there is none. The versions up to `noted` have an
-- entry by their owner, so only those after it are searched: at most one, but for those of an earlier release.
local function find_version(article, owner, count)
  local known = redis.call('HGET', article, 'by:' .. owner)
  if known then return tonumber(known) end
  for n = tonumber(redis.call('HGET', article, 'noted') or '0') + 1, count do
    if redis.call('HGET', article, 'owner:' .. n) == owner then return n end
  end
end
