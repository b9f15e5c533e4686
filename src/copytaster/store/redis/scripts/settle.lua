-- Needs shared/end_outage.lua, shared/queue_tagging.lua, shared/add_line.lua, shared/postings.lua,
-- shared/edit_postings.lua and shared/failed_files.lua.
-- KEYS waiting working refused due-ingest due-suspect due-backfill due-tag due-retag balance events held
--      (waiting ids of each resource: 12 .. 15) index taggings blocks failed reasons sources sightings (record timeline)...
-- ARGV owner events-kept tag-due sightings-kept
--      (id disposition its-letter timeline-entry event posting reason source sighting n m k
--      (field value: n arguments) (term: m arguments) (article-to-tag: k arguments))...
-- Settles deliveries; an empty owner means that the caller needs no lease. Returns for each whether it was settled.
local owner, dues = ARGV[1], {ingest = KEYS[4], suspect = KEYS[5], backfill = KEYS[6]}
local done, postings, ended, to_tag, counts, refused = {}, {}, {}, {}, {}, {}
local function note(lists, name, value)
  lists[name] = lists[name] or {}
  table.insert(lists[name], value)
end
local function refusal(known, letter, disposition)
  if not known[1] then return 'settle_unknown' end
  if known[1] ~= 'settled' then return owner ~= '' and known[5] ~= owner and 'settle_not_held' end
  -- Only a record of an earlier release has the field `end`, which is JSON.
  local same = known[2] and string.sub(known[2], 1, 1) == letter
  if known[4] then same = cjson.decode(known[4])['disposition'] == disposition end
  return same and 'settle_same_end' or 'settle_other_end'
end
-- The last line of most timelines is by the process of the line before, whose name is left out: it is ten bytes behind the
-- start. If it says what a short end says, at the same time, all of the line is left out, and the count of attempts with
-- it, which is one. Reading adds both. The numbers are those of the usual texts in `delivery_records`.
local TEXT_OF = {s = 2, d = 3, n = 4}
local function is_by_the_same(known, line)
  return known[7] == '2' and string.byte(line) == 1 and string.sub(line, 11) == string.sub(known[8] or '', 11)
end
local function says_the_end(letter, line, name, value)
  if name ~= 'e' or string.byte(value, 2) ~= 2 or not TEXT_OF[letter] then return false end
  return string.sub(line, 1, 10) == '\1' .. string.sub(value, 3, 9) .. '\2' .. string.char(TEXT_OF[letter])
end
local function settle(record, timeline, first)
  local id, disposition, letter, line, event, posting, reason, source, sighting = unpack(ARGV, first, first + 8)
  local fields_end = first + 11 + ARGV[first + 9]
  local terms_end = fields_end + ARGV[first + 10]
  local articles_end = terms_end + ARGV[first + 11]
  local known = redis.call('HMGET', record, 'state', 'e', 'lane', 'end', 'owner', 'outage', 'n', 'l1', 'attempts')
  local refused_as = refusal(known, letter, disposition)
  done[#done + 1] = refused_as and 0 or 1
  if refused_as then
    refused[refused_as] = (refused[refused_as] or 0) + 1
    return articles_end + 1
  end
  local fields, lane, gone = arguments(first + 12, fields_end), known[3] or 'ingest', {'owner', 'lease', 'due', 'n'}
  local is_same = is_by_the_same(known, line)
  if is_same and known[9] == '1' and says_the_end(letter, line, fields[1], fields[2]) then
    gone[#gone + 1] = 'attempts'
  else
    add_line(record, timeline, known[7], is_same and string.sub(line, 1, 10) or line, fields)
  end
  redis.call('HSET', record, 'state', 'settled', unpack(fields))
  redis.call('HDEL', record, unpack(gone))
  if known[6] then end_outage(record, id, 12) end
  redis.call('XADD', KEYS[10], 'MAXLEN', '~', ARGV[2], '*', 'json', event)
  if sighting ~= '' then redis.call('XADD', KEYS[22], 'MAXLEN', '~', ARGV[4], '*', 's', sighting) end
  counts[disposition] = (counts[disposition] or 0) + 1
  if letter == 'r' or letter == 'q' then add_failed(19, id, reason, source) end
  postings[#postings + 1] = {posting = posting, added = arguments(fields_end + 1, terms_end), removed = {}}
  note(ended, dues[lane], id)
  note(ended, known[1] == 'working' and KEYS[2] or KEYS[1], id)
  if known[1] ~= 'working' then note(ended, KEYS[11], id) end
  for i = terms_end + 1, articles_end do note(to_tag, lane, ARGV[i]) end
  return articles_end + 1
end
local at, place = 5, 23
while at <= #ARGV do
  at = settle(KEYS[place], KEYS[place + 1], at)
  place = place + 2
end
for key, ids in pairs(ended) do redis.call('ZREM', key, unpack(ids)) end
for disposition, count in pairs(counts) do redis.call('HINCRBY', KEYS[9], disposition, count) end
for transition, count in pairs(refused) do redis.call('HINCRBY', KEYS[3], transition, count) end
if #postings > 0 then edit_postings(KEYS[16], KEYS[18], postings) end
for lane, articles in pairs(to_tag) do queue_tagging(KEYS[17], KEYS[7], KEYS[8], lane, ARGV[3], articles) end
return done
