-- Needs shared/postings.lua, shared/read_list.lua and shared/named_articles.lua.
-- KEYS index blocks listing   ARGV term width from limit
-- Returns up to `limit` postings of the term below `from`, the highest first, joined, and the ids of the articles of each.
local postings = read_list(KEYS[1], KEYS[2], ARGV[1], tonumber(ARGV[2]), ARGV[3], tonumber(ARGV[4]), false)
return {table.concat(postings), named_articles(KEYS[3], postings)}
