-- KEYS record   ARGV delivery-id owner now leased-until kept-for horizon
-- Returns the delivery, whether the owner has the lease, the fingerprint and the answer. A lease that ends beyond the
-- horizon comes from a clock that was set back.
redis.call('HSETNX', KEYS[1], 'delivery', ARGV[1])
local known = redis.call('HMGET', KEYS[1], 'delivery', 'fingerprint', 'answer', 'lease', 'owner')
local held, ends = 0, tonumber(known[4] or '0')
local has_ended = ends <= tonumber(ARGV[3]) or ends > tonumber(ARGV[6])
if not known[3] and (known[5] == ARGV[2] or has_ended) then
  redis.call('HSET', KEYS[1], 'owner', ARGV[2], 'lease', ARGV[4])
  redis.call('PEXPIRE', KEYS[1], ARGV[5])
  held = 1
end
return {known[1], held, known[2], known[3]}
