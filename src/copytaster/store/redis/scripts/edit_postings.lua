-- Needs shared/postings.lua and shared/edit_postings.lua.
-- KEYS index blocks   ARGV (posting number-of-added number-of-removed added-term... removed-term...)...
-- Adds postings to terms, and removes them from others.
local groups, at = {}, 1
while at <= #ARGV do
  local first = at + 3
  local middle = first + ARGV[at + 1]
  local last = middle + ARGV[at + 2] - 1
  groups[#groups + 1] = {
    posting = ARGV[at],
    added = arguments(first, middle - 1),
    removed = arguments(middle, last),
  }
  at = last + 1
end
edit_postings(KEYS[1], KEYS[2], groups)
return 1
