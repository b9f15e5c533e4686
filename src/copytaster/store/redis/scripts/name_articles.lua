-- Needs shared/named_articles.lua.
-- KEYS listing   ARGV posting...
-- Returns the ids of the articles of each posting, joined by spaces.
return named_articles(KEYS[1], ARGV)
