-- Needs shared/leases.lua.
-- KEYS taggings due-tag due-retag refused events sightings   ARGV owner events-kept sightings-kept (id event sighting)...
-- Returns for each article whether its tagging was ended.
local ids, ended, done = {}, {}, {}
for i = 4, #ARGV, 3 do ids[#ids + 1] = ARGV[i] end
for i, lease in ipairs(read_leases(KEYS[1], ids)) do
  done[i] = lease.owner == ARGV[1] and 1 or 0
  if done[i] == 1 then
    ended[#ended + 1] = ids[i]
    redis.call('XADD', KEYS[5], 'MAXLEN', '~', ARGV[2], '*', 'json', ARGV[2 + 3 * i])
    local seen = ARGV[3 + 3 * i]
    if seen ~= '' then redis.call('XADD', KEYS[6], 'MAXLEN', '~', ARGV[3], '*', 's', seen) end
  end
end
if #ended < #ids then redis.call('HINCRBY', KEYS[4], 'tagging_not_held', #ids - #ended) end
if #ended > 0 then
  redis.call('HDEL', KEYS[1], unpack(ended))
  if redis.call('ZREM', KEYS[2], unpack(ended)) < #ended then redis.call('ZREM', KEYS[3], unpack(ended)) end
end
return done
