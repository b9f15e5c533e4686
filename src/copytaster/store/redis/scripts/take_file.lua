-- Needs shared/is_ahead.lua.
-- KEYS file open leased   ARGV id owner now lease-end lifetime horizon
-- Returns the id of the file's delivery; false if it is taken or leased by another owner, or if marks may be missing.
-- The recorded runs are those of all servers of a cluster; the script knows the run of its own.
-- The end of the lease is a field, not the key's expiry: the next owner of the file needs the id.
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
if not string.find(redis.call('GET', KEYS[2]) or '', run, 1, true) then return false end
local known = redis.call('HMGET', KEYS[1], 'taken', 'owner', 'until', 'delivery')
if known[1] then return false end
if known[2] and known[2] ~= ARGV[2] and is_ahead(known[3], ARGV[3], ARGV[6]) then return false end
local id = known[4] or ARGV[1]
redis.call('HSET', KEYS[1], 'delivery', id, 'owner', ARGV[2], 'until', ARGV[4])
redis.call('PEXPIRE', KEYS[1], ARGV[5])
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', ARGV[3])
redis.call('ZADD', KEYS[3], ARGV[4], id)
return id
