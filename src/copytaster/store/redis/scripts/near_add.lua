-- KEYS counter (numbers own-window window-before window-after)...   ARGV seconds (token period head entry postings)...
-- Adds one article after another. Returns for each its number, and for each run that another article has the joined
-- numbers of the articles that have it; a run of which nothing is returned is the article's alone.
local counter, seconds = KEYS[1], ARGV[1]

-- The number is stored with the windows that have a record of the article, so that all of them are removed with it.
local function number_of(numbers, token, period)
  local stored = redis.call('HGET', numbers, token)
  local place = stored or tostring(redis.call('INCR', counter))
  if not string.find(place .. ':', period .. ':', 1, true) then
    place = place .. period
    redis.call('HSET', numbers, token, place)
  end
  return tonumber(string.match(place, '^%d+'))
end

-- The record is the head and an entry for each signature, which begins with its length (two bytes) and time (eight).
-- In a record of more than 32 KB, some forty versions, a new entry replaces the oldest one.
-- Returns the record with the entry; nil if it has it.
local function with_entry(record, head, entry)
  if not record then return head .. entry end
  if string.find(record, entry, 1, true) then return nil end
  local first = #head + 1
  if #record > 32768 then
    first = first + 10 + string.byte(record, first) + 256 * string.byte(record, first + 1)
  end
  return head .. string.sub(record, first) .. entry
end

-- The runs for which a window has no more room, by their own buckets, with what was found: those of a common phrase take
-- the longest to read, and the next article of a call often has them too.
local full = {}

-- A run has room for 63 articles of a window. Further articles find the earlier ones by it, but are not found by it.
-- A shared bucket has room for 64 postings. Several runs of a signature may have the same bucket: the later ones are
-- added to what the first has left. Returns the joined articles of each run that another article of the window has.
local function add(window, field, head, entry, fields, count)
  local stored = redis.call('HMGET', window, field, unpack(fields, 1, 2 * count))
  local latest, found, full_of = {[field] = with_entry(stored[1], head, entry)}, {}, full[window] or {}
  full[window] = full_of
  local function add_run(i, shared, single, run)
    local of_many, of_one = latest[shared] or stored[1 + i], latest[single] or stored[1 + count + i]
    local owners, many = near_count(of_many, of_one, run)
    if owners >= 63 then
      found[i] = near_joined('\0', of_many, of_one, owners, many, owners)
      full_of[single] = full_of[single] or {}
      full_of[single][run] = found[i]
      return
    end
    if owners > 0 then
      local known = find_entry(of_many, run .. field, 1, 7) or find_entry(of_one, run .. field, 1, 7)
      found[i] = near_joined('\0', of_many, of_one, owners, many, known and owners or owners + 1)
      if known then return end
      if owners < 56 then found[i] = found[i] .. '\0' .. field end
    end
    if not of_many then
      latest[shared] = run .. field
    elseif #of_many < 64 * 7 then
      latest[shared] = of_many .. run .. field
    else
      latest[single] = (of_one or '') .. run .. field
    end
  end
  for i = 1, count do
    local single, run = fields[count + i], fields[2 * count + i]
    found[i] = full_of[single] and full_of[single][run]
    if not found[i] then add_run(i, fields[i], single, run) end
  end
  local changed = {}
  for name, value in pairs(latest) do
    changed[#changed + 1] = name
    changed[#changed + 1] = value
  end
  if #changed > 0 then redis.call('HSET', window, unpack(changed)) end
  return found
end

-- The window after that of a new article mostly does not exist. Those that do are remembered: of the others this call
-- creates only the articles' own ones.
local exists = {}
local function found_in(place, window, fields, count)
  if exists[window] == nil then exists[window] = redis.call('EXISTS', window) == 1 end
  return exists[window] and near_found(place, window, fields, count) or {}
end

local answers, own_windows = {}, {}
for place = 2, #KEYS, 4 do
  local names, own, window_before, window_after = unpack(KEYS, place, place + 3)
  local at = 2 + (place - 2) / 4 * 5
  local token, period, head, entry, postings = unpack(ARGV, at, at + 4)
  local number, count, fields = number_of(names, token, ':' .. period), near_fields(postings)
  local field = struct.pack('>I4', number)
  local now, answer = add(own, field, head, entry, fields, count), {number}
  exists[own], own_windows[own] = true, true
  local before, after = found_in('\1', window_before, fields, count), found_in('\2', window_after, fields, count)
  for i = 1, count do
    local others = (before[i] or '') .. (after[i] or '')
    if now[i] or others ~= '' then answer[#answer + 1] = (now[i] or '\0' .. field) .. others end
  end
  answers[#answers + 1] = answer
end
for own in pairs(own_windows) do redis.call('EXPIRE', own, seconds) end
return answers
