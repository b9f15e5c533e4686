-- KEYS days... listings...   ARGV number-of-days first last received after limit examined
-- Merges the days by time of receipt, newest first, from the position (received, after) on, which is not included; an
-- empty `after` includes all of that time. Returns where the search ended ("received id", empty at the end of all days)
-- and "id published" of up to `limit` entries whose publication is between `first` and `last`, and which are
-- in all the listings. At most `examined` entries are examined.
local first, last, after, limit = tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[5], tonumber(ARGV[6])
local days, chunk = tonumber(ARGV[1]), 10
local heads = {}
local function is_before(one, other)
  if one.received ~= other.received then return one.received > other.received end
  return one.id > other.id
end
local function advance(head)
  repeat
    if head.at == #head.rows then
      if #head.rows > 0 and #head.rows < 2 * chunk then return false end
      head.rows = redis.call('ZREVRANGEBYSCORE', head.key, ARGV[4], '-inf', 'WITHSCORES', 'LIMIT', head.offset, chunk)
      head.offset, head.at = head.offset + chunk, 0
      if #head.rows == 0 then return false end
    end
    head.id, head.published = string.match(head.rows[head.at + 1], '^(%S+) (%S+)$')
    head.received = tonumber(head.rows[head.at + 2])
    head.at = head.at + 2
  until after == '' or head.received < tonumber(ARGV[4]) or head.id < after
  return true
end
local function is_wanted(head)
  local published = tonumber(head.published)
  if published < first or published > last then return false end
  for i = days + 1, #KEYS do
    if not redis.call('ZSCORE', KEYS[i], head.id) then return false end
  end
  return true
end
for i = 1, days do
  local head = {key = KEYS[i], rows = {}, offset = 0, at = 0}
  if advance(head) then heads[#heads + 1] = head end
end
table.sort(heads, is_before)
local found, ended = {}, ''
for _ = 1, tonumber(ARGV[7]) do
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
