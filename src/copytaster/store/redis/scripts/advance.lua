-- Needs shared/queue_tagging.lua, shared/postings.lua and shared/edit_postings.lua.
-- KEYS record timeline waiting working refused due-ingest due-suspect due-backfill due-tag due-retag index taggings
--      blocks events
-- ARGV id owner lease-end progress tag-due event events-kept posting n (term: n arguments) article-to-tag...
-- An empty event is not written.
local known = redis.call('HMGET', KEYS[1], 'state', 'owner', 'lane')
if known[1] ~= 'working' or known[2] ~= ARGV[2] then
  redis.call('HINCRBY', KEYS[5], 'advance_not_held', 1)
  return 0
end
local lane = known[3] or 'ingest'
local due = ({ingest = KEYS[6], suspect = KEYS[7], backfill = KEYS[8]})[lane]
redis.call('HSET', KEYS[1], 'lease', ARGV[3], 'due', ARGV[3], 'progress', ARGV[4])
redis.call('ZADD', due, ARGV[3], ARGV[1])
local terms_end = 9 + ARGV[9]
edit_postings(KEYS[11], KEYS[13], {{posting = ARGV[8], added = arguments(10, terms_end), removed = {}}})
queue_tagging(KEYS[12], KEYS[9], KEYS[10], lane, ARGV[5], arguments(terms_end + 1, #ARGV))
if ARGV[6] ~= '' then redis.call('XADD', KEYS[14], 'MAXLEN', '~', ARGV[7], '*', 'json', ARGV[6]) end
return 1
