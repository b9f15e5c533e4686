-- Needs shared/postings.lua.
-- KEYS index blocks days...   ARGV first last received after limit examined term...
-- Merges the days by time of receipt, newest first, from the position (received, after) on, which is not included; an
-- empty `after` includes all of that time. Returns where the search ended ("received id", empty at the end of all days)
-- and "id published" of up to `limit` entries whose publication is between `first` and `last`, and which have postings of
-- all the terms. At most `examined` entries are examined.
local first, last, from, after = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3], ARGV[4]
local limit, chunk, WIDTH = tonumber(ARGV[5]), 10, 10
local heads = {}
local function is_before(one, other)
  if one.received ~= other.received then return one.received > other.received end
  return one.id > other.id
end
local function advance(head)
  repeat
    if head.at == #head.rows then
      if #head.rows > 0 and #head.rows < 2 * chunk then return false end
      head.rows = redis.call('ZREVRANGEBYSCORE', head.key, from, '-inf', 'WITHSCORES', 'LIMIT', head.offset, chunk)
      head.offset, head.at = head.offset + chunk, 0
      if #head.rows == 0 then return false end
    end
    head.id, head.published = string.match(head.rows[head.at + 1], '^(%S+) (%S+)$')
    head.received = tonumber(head.rows[head.at + 2])
    head.at = head.at + 2
  until after == '' or head.received < tonumber(from) or head.id < after
  return true
end
-- As ``term_index`` packs it.
local function posting_of(received, id)
  local is_plain = not string.find(id, '^a%x+$') or #id ~= 21
  local time = 2 * received + (is_plain and 1 or 0)
  local name = is_plain and string.sub(id .. string.rep('\0', 4), 1, 4)
    or string.gsub(string.sub(id, 2, 9), '%x%x', function(byte) return string.char(tonumber(byte, 16)) end)
  return struct.pack('>I2I4', math.floor(time / 4294967296), time % 4294967296) .. name
end
-- Entries are examined in the order of receipt, so the block in which the last one was sought most often serves again.
local sought, latest_postings = {}, read_terms(KEYS[1], {unpack(ARGV, 7)}, WIDTH)
for i = 7, #ARGV do
  local latest, has_blocks = latest_of(latest_postings[ARGV[i]], WIDTH)
  sought[i - 6] = {term = ARGV[i], block = latest, has_blocks = has_blocks}
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
local function is_wanted(head)
  local published = tonumber(head.published)
  if published < first or published > last then return false end
  local posting = #sought > 0 and posting_of(head.received, head.id)
  for _, each in ipairs(sought) do
    if not has_posting(each, posting) then return false end
  end
  return true
end
for i = 3, #KEYS do
  local head = {key = KEYS[i], rows = {}, offset = 0, at = 0}
  if advance(head) then heads[#heads + 1] = head end
end
table.sort(heads, is_before)
local found, ended = {}, ''
for _ = 1, tonumber(ARGV[6]) do
  local head = heads[1]
  if not head then return {'', found} end
  ended = string.format('%.0f %s', head.received, head.id)
  if is_wanted(head) then found[#found + 1] = head.id .. ' ' .. head.published end
  if not advance(head) then
    table.remove(heads, 1)
  else
    -- Most often it stays the first or becomes one of the next: entries of one day were received in a row.
    local place = 1
    while heads[place + 1] and is_before(heads[place + 1], head) do
      heads[place] = heads[place + 1]
      place = place + 1
    end
    heads[place] = head
  end
  if #found == limit then break end
end
return {ended, found}
