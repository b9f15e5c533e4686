-- Needs shared/leases.lua and shared/is_ahead.lua.
-- KEYS taggings due-tag due-retag refused   ARGV owner now lease-end horizon id...
-- Returns the number of the attempt for each article; 0 means that there is nothing to do.
local owner, now, lease_end, horizon = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local ids, due = {unpack(ARGV, 5)}, {}
for queue = 2, 3 do
  local sought, places = {}, {}
  for i, id in ipairs(ids) do
    if not due[i] then
      sought[#sought + 1], places[#places + 1] = id, i
    end
  end
  local scores = #sought > 0 and redis.call('ZMSCORE', KEYS[queue], unpack(sought)) or {}
  for at, score in ipairs(scores) do due[places[at]] = score and queue end
end
local attempts, written, dues, refused = {}, {}, {[2] = {}, [3] = {}}, {}
for i, lease in ipairs(read_leases(KEYS[1], ids)) do
  attempts[i] = 0
  if not due[i] then
    refused.tagging_not_due = (refused.tagging_not_due or 0) + 1
  elseif lease.owner == owner then
    attempts[i] = lease.attempts
  elseif lease.owner ~= '' and is_ahead(lease.ends, now, horizon) then
    refused.tagging_leased = (refused.tagging_leased or 0) + 1
  else
    attempts[i] = lease.attempts + 1
    local blamed = lease.owner ~= '' and lease.owner or lease.blamed
    written[#written + 1] = ids[i]
    written[#written + 1] = lease_text({attempts = attempts[i], ends = lease_end, owner = owner, blamed = blamed})
    local changed = dues[due[i]]
    changed[#changed + 1] = lease_end
    changed[#changed + 1] = ids[i]
  end
end
if #written > 0 then redis.call('HSET', KEYS[1], unpack(written)) end
for queue, changed in pairs(dues) do
  if #changed > 0 then redis.call('ZADD', KEYS[queue], unpack(changed)) end
end
for transition, count in pairs(refused) do redis.call('HINCRBY', KEYS[4], transition, count) end
return attempts
