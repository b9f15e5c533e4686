-- KEYS three windows   ARGV bucket run...
-- Returns for each run the joined numbers of the articles that have it.
local fields = {}
for i = 1, #ARGV, 2 do fields[#fields + 1] = ARGV[i] end
local windows = {}
for i, key in ipairs(KEYS) do windows[i] = redis.call('HMGET', key, unpack(fields)) end
local found = {}
for place = 1, #fields do found[place] = near_found(windows, place, ARGV[2 * place]) end
return found
