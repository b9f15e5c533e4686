-- KEYS three windows   ARGV postings
-- Returns for each run the joined numbers of the articles that have it.
local fields, runs = near_postings(ARGV[1])
local windows = {}
for i, key in ipairs(KEYS) do windows[i] = redis.call('HMGET', key, unpack(fields)) end
local found = {}
for place, run in ipairs(runs) do
  local owners = {}
  for i, buckets in ipairs(windows) do owners[i] = near_owners(buckets[place], run) end
  found[place] = near_found(owners)
end
return found
