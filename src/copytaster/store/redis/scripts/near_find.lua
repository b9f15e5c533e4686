-- KEYS three windows   ARGV postings
-- Returns for each run that an article has the joined numbers of the articles.
local count, fields = near_fields(ARGV[1])
local one, two, three = near_found('\0', KEYS[1], fields, count), near_found('\1', KEYS[2], fields, count),
  near_found('\2', KEYS[3], fields, count)
local found = {}
for i = 1, count do
  local joined = one[i] .. two[i] .. three[i]
  if joined ~= '' then found[#found + 1] = joined end
end
return found
