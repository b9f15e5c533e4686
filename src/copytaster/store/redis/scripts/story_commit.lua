-- Needs shared/find_entry.lua and shared/story_keys.lua.
-- KEYS index   ARGV prefix most-stories-of-key original copies known-or-dash
--   count (handle revision members is-closed last-seen record)...
--   count (article story leaves received evidence)...
--   count (article story)...   count (merged into)...   count key...   count due event...
-- `story`, `leaves`: as in `placed`, but never empty for "own"; an empty `leaves` says that it is in no story.
-- Returns 1 if the change was made, 0 if something has changed since it was computed.
local prefix, most, original, known = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[5]
local at = 6
local function groups(size)
  local found = {}
  for i = 1, tonumber(ARGV[at]) do
    local first = at + 1 + (i - 1) * size
    found[i] = {unpack(ARGV, first, first + size - 1)}
  end
  at = at + 1 + #found * size
  return found
end
local records, placed, removed, merged = groups(6), groups(5), groups(2), groups(2)
local touched, events = groups(1), groups(2)

-- Returns the story of an article, empty if it is in none, and how many copies wait for the article.
local function story_of(article)
  local found = redis.call('HMGET', placed_key(prefix, article), article, WAITED_FOR .. article)
  local story = found[1] or ''
  if found[1] == '' then story = own_story(article) end
  return story, found[2] or '0'
end
local old = {}
if #records > 0 then
  local names = {}
  for i, each in ipairs(records) do names[i] = story_key(prefix, 'story', each[1]) end
  local stored = redis.call('MGET', unpack(names))
  for i, each in ipairs(records) do
    local revision = stored[i] and struct.unpack('<I4', stored[i]) or 0
    if revision ~= tonumber(each[2]) then return 0 end
    old[each[1]] = stored[i]
  end
end
local waiting
for _, each in ipairs(placed) do
  local story, copies = story_of(each[1])
  if story ~= each[3] then return 0 end
  if each[1] == original then waiting = copies end
end
for _, each in ipairs(removed) do if story_of(each[1]) ~= each[2] then return 0 end end
if original ~= '' then
  if not waiting then
    local _, copies = story_of(original)
    waiting = copies
  end
  if waiting ~= ARGV[4] then return 0 end
end
local keys = {}
for i, each in ipairs(touched) do keys[i] = each[1] end
local postings_of = {}
if known ~= '-' and #keys > 0 then
  local seen = {}
  local handles, count = split_handles(known)
  for i = 1, count do seen[handles[i]] = true end
  for i, postings in ipairs(redis.call('HMGET', KEYS[1], unpack(keys))) do
    handles, count = split_handles(postings or '')
    for n = 1, count do if not seen[handles[n]] then return 0 end end
    postings_of[keys[i]] = postings or ''
  end
end

-- The only member of a story is not stored as one as long as it says nothing that the record does not say. The record
-- leaves out the founder.
local function members_key(handle)
  local key, stored = story_key(prefix, 'members', handle), old[handle]
  if stored and redis.call('EXISTS', key) == 0 then
    local length = string.byte(stored, 6 + 6 * string.byte(stored, 5))
    local only = string.sub(stored, 7 + 6 * string.byte(stored, 5), 6 + 6 * string.byte(stored, 5) + length)
    local received, article = string.match(only, '^(%-?%d+):(.*)$')
    if received then redis.call('ZADD', key, received, article == '' and 'a' .. to_hex(handle) or article) end
  end
  return key
end
local function set_story(article, short)
  local is_own = own_story(article) == short
  redis.call('HSET', placed_key(prefix, article), article, is_own and '' or short)
end
local function leave(article, handle)
  redis.call('ZREM', members_key(handle), article)
  redis.call('HDEL', story_key(prefix, 'evidence', handle), article)
end

for _, pair in ipairs(merged) do
  local from, into = handle_of(pair[1]), handle_of(pair[2])
  local members = redis.call('ZRANGE', members_key(from), 0, -1, 'WITHSCORES')
  local evidence = redis.call('HGETALL', story_key(prefix, 'evidence', from))
  local target = members_key(into)
  for i = 1, #members, 2 do
    redis.call('ZADD', target, members[i + 1], members[i])
    set_story(members[i], pair[2])
  end
  for i = 1, #evidence, 2 do
    redis.call('HSET', story_key(prefix, 'evidence', into), evidence[i], evidence[i + 1])
  end
  redis.call('HSET', prefix .. 'redirects', from, pair[2])
end
for _, each in ipairs(placed) do
  local article, handle = each[1], handle_of(each[2])
  if each[3] ~= '' then leave(article, handle_of(each[3])) end
  if old[handle] or #placed > 1 or each[5] ~= '' then
    redis.call('ZADD', members_key(handle), each[4], article)
    local evidence = story_key(prefix, 'evidence', handle)
    if each[5] ~= '' then redis.call('HSET', evidence, article, each[5]) else redis.call('HDEL', evidence, article) end
  end
  set_story(article, each[2])
end
for _, each in ipairs(removed) do
  leave(each[1], handle_of(each[2]))
  redis.call('HDEL', placed_key(prefix, each[1]), each[1])
end

local function keys_of(record)
  local found = {}
  for i = 1, record and string.byte(record, 5) or 0 do found[i] = string.sub(record, 6 * i, 6 * i + 5) end
  return found
end
local function without(postings, handle)
  local at = find_entry(postings, handle, 1, 10)
  return at and string.sub(postings, 1, at - 1) .. string.sub(postings, at + 10) or postings
end
-- Those that were read for the check of a founded story are not read again: nothing else has changed them.
local function read_postings(fields)
  local found = {}
  for i, field in ipairs(fields) do
    if not postings_of[field] then return redis.call('HMGET', KEYS[1], unpack(fields)) end
    found[i] = postings_of[field]
  end
  return found
end
local function index(handle, before, after)
  local had, has, is_touched, fields = {}, {}, {}, {}
  for _, key in ipairs(keys) do is_touched[key] = true end
  for _, key in ipairs(before) do had[key] = true end
  for _, key in ipairs(after) do
    has[key] = true
    if not had[key] or is_touched[key] then fields[#fields + 1] = key end
  end
  for _, key in ipairs(before) do if not has[key] then fields[#fields + 1] = key end end
  if #fields == 0 then return end
  local kept, emptied = {}, {}
  for i, postings in ipairs(read_postings(fields)) do
    local left = without(postings or '', handle) .. (has[fields[i]] and handle or '')
    if left == '' then
      emptied[#emptied + 1] = fields[i]
    else
      kept[#kept + 1] = fields[i]
      kept[#kept + 1] = string.sub(left, -10 * most)
    end
  end
  if #kept > 0 then redis.call('HSET', KEYS[1], unpack(kept)) end
  if #emptied > 0 then redis.call('HDEL', KEYS[1], unpack(emptied)) end
end
local is_merged, is_split = {}, false
for _, each in ipairs(placed) do if each[3] ~= '' then is_split = true end end
for _, pair in ipairs(merged) do is_merged[handle_of(pair[1])] = true end
for _, each in ipairs(records) do
  local handle, members, last_seen, record = each[1], tonumber(each[3]), each[5], each[6]
  local name = to_hex(handle)
  if members == 0 then
    index(handle, keys_of(old[handle]), {})
    redis.call('DEL', story_key(prefix, 'story', handle), story_key(prefix, 'members', handle),
      story_key(prefix, 'evidence', handle))
    redis.call('ZREM', prefix .. 'open', name)
    redis.call('ZREM', prefix .. 'several', name)
    if not is_merged[handle] then
      local absorbed = cjson.decode(record)
      for i, short in ipairs(absorbed) do absorbed[i] = to_bytes(short) end
      if #absorbed > 0 then redis.call('HDEL', prefix .. 'redirects', unpack(absorbed)) end
    end
  else
    index(handle, keys_of(old[handle]), keys_of(record))
    redis.call('SET', story_key(prefix, 'story', handle), record)
    if not old[handle] and is_split then redis.call('HDEL', prefix .. 'redirects', handle) end
    if each[4] == '1' then
      redis.call('ZREM', prefix .. 'open', name)
    else
      redis.call('ZADD', prefix .. 'open', last_seen, name)
    end
    if members > 1 then
      redis.call('ZADD', prefix .. 'several', last_seen, name)
    elseif old[handle] then
      redis.call('ZREM', prefix .. 'several', name)
    end
  end
end
if original ~= '' and ARGV[4] ~= '0' then
  redis.call('DEL', prefix .. 'waiting:' .. original)
  redis.call('HDEL', placed_key(prefix, original), WAITED_FOR .. original)
end
for _, each in ipairs(events) do redis.call('ZADD', prefix .. 'unreported', each[1], each[2]) end
return 1
