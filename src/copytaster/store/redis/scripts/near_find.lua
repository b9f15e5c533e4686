-- KEYS three windows   ARGV postings
-- Returns for each run the joined numbers of the articles that have it.
local shared, own, runs = near_postings(ARGV[1])
local owners = {}
for i, key in ipairs(KEYS) do owners[i] = near_owners_of_all(key, shared, own, runs) end
local found = {}
for place in ipairs(runs) do
  found[place] = near_found({owners[1][place], owners[2][place], owners[3][place]})
end
return found
