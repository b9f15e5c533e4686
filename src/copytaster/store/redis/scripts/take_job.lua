-- Needs shared/is_ahead.lua.
-- KEYS records open lease   ARGV owner now leased-until horizon
-- Returns the record of the oldest open job; false if there is none, or another owner has the lease.
local lease = redis.call('HMGET', KEYS[3], 'owner', 'until')
if lease[1] and lease[1] ~= ARGV[1] and is_ahead(lease[2], ARGV[2], ARGV[4]) then return false end
local id = redis.call('ZRANGE', KEYS[2], 0, 0)[1]
if not id then return false end
redis.call('HSET', KEYS[3], 'owner', ARGV[1], 'until', ARGV[3])
return redis.call('HGET', KEYS[1], id)
