-- KEYS embargoes   ARGV no-end after limit
-- Returns articles without an end behind one that may be gone: it is put in for a moment to find its place.
local known = redis.call('ZSCORE', KEYS[1], ARGV[2])
redis.call('ZADD', KEYS[1], ARGV[1], ARGV[2])
local place = redis.call('ZRANK', KEYS[1], ARGV[2])
local found = redis.call('ZRANGE', KEYS[1], place + 1, place + ARGV[3])
if known then redis.call('ZADD', KEYS[1], known, ARGV[2]) else redis.call('ZREM', KEYS[1], ARGV[2]) end
return found
