-- KEYS layout   ARGV number
-- Stores the number unless a higher one is stored: processes of a newer release may run already.
if tonumber(redis.call('GET', KEYS[1]) or '0') < tonumber(ARGV[1]) then redis.call('SET', KEYS[1], ARGV[1]) end
