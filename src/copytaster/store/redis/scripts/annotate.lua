-- Needs shared/pieces.lua and shared/only_version.lua.
-- KEYS article   ARGV version tagging
-- Returns the document of the version, the tagging that was replaced, which may be empty, whether the article was
-- accepted, and the decision about a release; nothing if another version is the current one.
local stored = read_version(KEYS[1], ARGV[1], {'shown', 'count', 'accepted', 'release', ONLY})
local shown, count, accepted, decision, only = unpack(stored.fields, 1, 5)
if only then shown, count = '1', '1' end
if shown ~= ARGV[1] then return false end
if stored.is_plain then redis.call('HDEL', KEYS[1], 'tagging:' .. ARGV[1]) end
local in_pieces = count == '1' and #(stored.first_piece or '') <= PIECE
write_record(KEYS[1], 't:' .. ARGV[1], ARGV[2], in_pieces, stored.tagging)
return {stored.document, stored.tagging or '', accepted and 1 or 0, decision or ''}
