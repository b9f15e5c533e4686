-- Needs shared/postings.lua and shared/read_list.lua.
-- KEYS index blocks   ARGV term width from limit ascending
-- Returns the postings that `read_list` finds, joined.
local width, limit = tonumber(ARGV[2]), tonumber(ARGV[4])
return table.concat(read_list(KEYS[1], KEYS[2], ARGV[1], width, ARGV[3], limit, ARGV[5] == '1'))
