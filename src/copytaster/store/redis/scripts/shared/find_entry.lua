-- Returns the place of the next entry with this beginning, from `at` on, among entries of one size that are joined; nothing
-- if there is none, or if there are no entries.
local function find_entry(entries, beginning, at, size)
  at = entries and string.find(entries, beginning, at, true)
  while at and at % size ~= 1 do at = string.find(entries, beginning, at + 1, true) end
  return at
end
