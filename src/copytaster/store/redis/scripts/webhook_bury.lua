-- Needs shared/trim_dead.lua.
-- KEYS due messages attempts dead state   ARGV now most-dead
for _, event in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do redis.call('ZADD', KEYS[4], ARGV[1], event) end
redis.call('DEL', KEYS[1])
trim_dead(KEYS[4], KEYS[2], KEYS[3], KEYS[5], ARGV[2])
return 1
