-- Needs shared/postings.lua, shared/read_list.lua and shared/named_articles.lua.
-- KEYS index blocks listing publications their-blocks
-- ARGV first last received after limit examined n (day beginning: n arguments) term...
-- Merges the days by time of receipt, newest first, from the position (received, after) on, which is not included; an
-- empty `after` includes all of that time. Returns where the search ended ("received id", empty at the end of all days)
-- and "id published" of up to `limit` articles whose publication is between `first` and `last`, and which have postings of
-- all the terms. At most `examined` postings are examined.
local first, last, from, after = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3], ARGV[4]
local limit, WIDTH, OF_ARTICLE = tonumber(ARGV[5]), 14, 10
-- Of most days only the first posting is compared with those of others; a day that has more of the page is read on.
local FIRST_CHUNK, GROWTH, LAST_CHUNK = 3, 4, 48
local terms_at = 8 + tonumber(ARGV[7])
-- As ``term_index`` packs it.
local function posting_of(received, id)
  local is_plain = not string.find(id, '^a%x+$') or #id ~= 21
  local time = 2 * received + (is_plain and 1 or 0)
  local name = is_plain and string.sub(id .. string.rep('\0', 4), 1, 4)
    or string.gsub(string.sub(id, 2, 9), '%x%x', function(byte) return string.char(tonumber(byte, 16)) end)
  return struct.pack('>I2I4', math.floor(time / 4294967296), time % 4294967296) .. name
end
-- Postings that follow the position, or have the same beginning of an id: what is below the position is known by the ids.
local start = ''
if from ~= '+inf' then
  start = after == '' and posting_of(tonumber(from) + 1, 'a' .. string.rep('0', 20)) or posting_of(tonumber(from), after)
  start = start .. string.rep(after == '' and '\0' or '\255', WIDTH - OF_ARTICLE)
end
local heads = {}
local function advance(head)
  if head.at == #head.rows then
    if head.at > 0 and head.at < head.chunk then return false end
    head.chunk = head.at == 0 and FIRST_CHUNK or math.min(GROWTH * head.chunk, LAST_CHUNK)
    head.rows = read_list(KEYS[4], KEYS[5], head.term, WIDTH, head.rows[head.at] or start, head.chunk, false)
    head.at = 0
    if #head.rows == 0 then return false end
  end
  head.at = head.at + 1
  head.row = head.rows[head.at]
  return true
end
local function is_before(one, other) return is_lower(other.row, 1, one.row) end
-- Entries are examined in the order of receipt, so the block in which the last one was sought most often serves again.
local sought, latest_postings = {}, read_terms(KEYS[1], {unpack(ARGV, terms_at)}, OF_ARTICLE)
for i = terms_at, #ARGV do
  local latest, has_blocks = latest_of(latest_postings[#sought + 1], OF_ARTICLE)
  sought[#sought + 1] = {term = ARGV[i], block = latest, has_blocks = has_blocks}
end
local function has_posting(each, posting)
  local place, known = place_of(each.block, posting)
  if known or place > 0 or not each.has_blocks then return known end
  local name = block_names(KEYS[2], each.term, posting, 0, 1)[1]
  if not name then return false end
  if name ~= each.name then
    each.name, each.block = name, redis.call('HGET', KEYS[1], name) or ''
    place, known = place_of(each.block, posting)
  end
  return known
end
local function time_of(row)
  local high, low = struct.unpack('>I2I4', row)
  return math.floor((high * 4294967296 + low) / 2)
end
local function is_wanted(head)
  head.published = head.beginning + struct.unpack('>I4', string.sub(head.row, OF_ARTICLE + 1))
  if head.published < first or head.published > last then return false end
  local posting = string.sub(head.row, 1, OF_ARTICLE)
  for _, each in ipairs(sought) do
    if not has_posting(each, posting) then return false end
  end
  return true
end
-- Returns the ids of a posting that are below the position.
local function ids_of(row)
  local names = named_articles(KEYS[3], {string.sub(row, 1, OF_ARTICLE)})[1]
  local ids, is_first = {}, after ~= '' and string.format('%.0f', time_of(row)) == from
  for id in string.gmatch(names, '%S+') do
    if not is_first or is_below(id, after) then ids[#ids + 1] = id end
  end
  return ids
end
for i = 8, terms_at - 1, 2 do
  local head = {term = ARGV[i], beginning = tonumber(ARGV[i + 1]), rows = {}, at = 0}
  if advance(head) then heads[#heads + 1] = head end
end
table.sort(heads, is_before)
local found, ended = {}, nil
for _ = 1, tonumber(ARGV[6]) do
  local head = heads[1]
  if not head then return {'', found} end
  ended = head.row
  if is_wanted(head) then
    for _, id in ipairs(ids_of(ended)) do found[#found + 1] = id .. ' ' .. string.format('%.0f', head.published) end
  end
  if not advance(head) then
    table.remove(heads, 1)
  else
    -- Most often it stays the first or becomes one of the next: articles of one day were received in a row.
    local place = 1
    while heads[place + 1] and is_before(heads[place + 1], head) do
      heads[place] = heads[place + 1]
      place = place + 1
    end
    heads[place] = head
  end
  if #found >= limit then break end
end
-- An article that was removed meanwhile ends the page as the lowest id with this beginning.
local lowest = 'a' .. string.gsub(string.sub(ended, 7, OF_ARTICLE), '.', function(each)
  return string.format('%02x', string.byte(each))
end) .. string.rep('0', 12)
return {string.format('%.0f', time_of(ended)) .. ' ' .. (ids_of(ended)[1] or lowest), found}
