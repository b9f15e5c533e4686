-- Needs shared/leases.lua.
-- KEYS taggings due-tag due-retag refused   ARGV id owner now
-- Returns 0 if the attempt of this owner neither runs nor was followed by another one.
local lease = read_leases(KEYS[1], {ARGV[1]})[1]
if lease.owner == ARGV[2] then
  lease.owner, lease.ends = '', 0
  for queue = 2, 3 do redis.call('ZADD', KEYS[queue], 'XX', ARGV[3], ARGV[1]) end
elseif lease.blamed == ARGV[2] then
  lease.blamed = ''
else
  return 0
end
lease.attempts = lease.attempts - 1
redis.call('HSET', KEYS[1], ARGV[1], lease_text(lease))
return 1
