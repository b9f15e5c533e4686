-- Needs shared/postings.lua and shared/edit_postings.lua.
-- KEYS index blocks days   ARGV (name-of-the-day term posting)...
-- Removes postings of publications, and the days that have none any more.
local groups, days, terms = {}, {}, {}
for i = 1, #ARGV, 3 do
  groups[#groups + 1] = {posting = ARGV[i + 2], added = {}, removed = {ARGV[i + 1]}}
  if not days[ARGV[i + 1]] then terms[#terms + 1] = ARGV[i + 1] end
  days[ARGV[i + 1]] = ARGV[i]
end
edit_postings(KEYS[1], KEYS[2], groups)
local left = read_terms(KEYS[1], terms, #ARGV[3])
for i, term in ipairs(terms) do
  if left[i] == '' then redis.call('ZREM', KEYS[3], days[term]) end
end
return 1
