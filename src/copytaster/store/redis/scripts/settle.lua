-- Needs shared/end_outage.lua, shared/queue_tagging.lua, shared/add_line.lua, shared/postings.lua and
-- shared/edit_postings.lua.
-- KEYS record timeline waiting working refused due-ingest due-suspect due-backfill due-tag due-retag balance events
--      held (waiting ids of each resource: 14 .. 17) index taggings blocks
-- ARGV id disposition its-letter timeline-entry event events-kept tag-due owner posting n m (field value: n arguments)
--      (term: m arguments) article-to-tag...
-- An empty owner means that the caller needs no lease.
local known = redis.call('HMGET', KEYS[1], 'state', 'e', 'lane', 'end', 'owner', 'outage', 'n', 'l1')
if not known[1] or known[1] == 'settled' then
  local transition = 'settle_unknown'
  if known[1] then
    -- Only a record of an earlier release has the field `end`, which is JSON.
    local same = known[2] and string.sub(known[2], 1, 1) == ARGV[3]
    if known[4] then same = cjson.decode(known[4])['disposition'] == ARGV[2] end
    transition = same and 'settle_same_end' or 'settle_other_end'
  end
  redis.call('HINCRBY', KEYS[5], transition, 1)
  return 0
end
if ARGV[8] ~= '' and known[5] ~= ARGV[8] then
  redis.call('HINCRBY', KEYS[5], 'settle_not_held', 1)
  return 0
end
local fields_end = 11 + ARGV[10]
local terms_end = fields_end + ARGV[11]
local fields = {'state', 'settled', unpack(ARGV, 12, fields_end)}
local line = ARGV[4]
-- Without the process in it, which is ten bytes behind the start, the entry has that of the one before.
if known[7] == '2' and string.byte(line) == 1 and string.sub(line, 11) == string.sub(known[8] or '', 11) then
  line = string.sub(line, 1, 10)
end
add_line(KEYS[1], KEYS[2], known[7], line, fields)
redis.call('HSET', KEYS[1], unpack(fields))
redis.call('HDEL', KEYS[1], 'owner', 'lease', 'due', 'n')
redis.call('ZREM', ({ingest = KEYS[6], suspect = KEYS[7], backfill = KEYS[8]})[known[3] or 'ingest'], ARGV[1])
if known[1] == 'working' then
  redis.call('ZREM', KEYS[4], ARGV[1])
else
  redis.call('ZREM', KEYS[3], ARGV[1])
  redis.call('ZREM', KEYS[13], ARGV[1])
end
if known[6] then end_outage(ARGV[1], 14) end
redis.call('HINCRBY', KEYS[11], ARGV[2], 1)
redis.call('XADD', KEYS[12], 'MAXLEN', '~', ARGV[6], '*', 'json', ARGV[5])
edit_postings(KEYS[18], KEYS[20], {{posting = ARGV[9], added = arguments(fields_end + 1, terms_end), removed = {}}})
queue_tagging(KEYS[19], KEYS[9], KEYS[10], known[3], ARGV[7], terms_end + 1)
return 1
