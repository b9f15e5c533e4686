-- Needs shared/is_ahead.lua.
-- KEYS record   ARGV delivery-id owner now leased-until kept-for horizon
-- Returns the delivery, whether the owner has the lease, the fingerprint and the answer.
redis.call('HSETNX', KEYS[1], 'delivery', ARGV[1])
local known = redis.call('HMGET', KEYS[1], 'delivery', 'fingerprint', 'answer', 'lease', 'owner')
local held = 0
if not known[3] and (known[5] == ARGV[2] or not is_ahead(known[4] or '0', ARGV[3], ARGV[6])) then
  redis.call('HSET', KEYS[1], 'owner', ARGV[2], 'lease', ARGV[4])
  redis.call('PEXPIRE', KEYS[1], ARGV[5])
  held = 1
end
return {known[1], held, known[2], known[3]}
