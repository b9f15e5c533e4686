-- Needs shared/pieces.lua.
-- KEYS article   ARGV version tagging
-- Returns the tagging that was replaced, which may be empty; nothing if another version is the current one.
local packed, plain = 't:' .. ARGV[1], 'tagging:' .. ARGV[1]
local known = redis.call('HMGET', KEYS[1], 'shown', plain, 'count')
if known[1] ~= ARGV[1] then return false end
local replaced = known[2]
-- Only an earlier release writes this field, so it is the newer one as long as it exists.
if replaced then redis.call('HDEL', KEYS[1], plain) else replaced = read_record(KEYS[1], packed) end
local is_packed = known[3] == '1' and redis.call('HSTRLEN', KEYS[1], 'd:1') <= PIECE
write_record(KEYS[1], packed, ARGV[2], is_packed, replaced)
return replaced or ''
