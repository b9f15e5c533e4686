-- Needs shared/leases.lua.
-- KEYS taggings due-tag due-retag refused   ARGV id owner due
local lease = read_leases(KEYS[1], {ARGV[1]})[1]
if lease.owner ~= ARGV[2] then
  redis.call('HINCRBY', KEYS[4], 'tagging_not_held', 1)
  return 0
end
lease.owner, lease.ends = '', 0
redis.call('HSET', KEYS[1], ARGV[1], lease_text(lease))
for queue = 2, 3 do redis.call('ZADD', KEYS[queue], 'XX', ARGV[3], ARGV[1]) end
return 1
