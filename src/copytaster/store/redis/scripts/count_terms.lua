-- KEYS counted counted-before present former   ARGV seconds generation counters (version new places)...
-- A generation is a string of two-byte counters; the first one counts articles. Lists of numbers are passed joined, four
-- bytes each: the distinct counters of all versions, and the places that those of a version have among them. Returns the
-- sums of both generations for each version in the same form.
local function numbers(joined)
  local found
  -- In parts: a function cannot return more than some thousand values, and a command cannot have more arguments.
  for at = 1, #joined, 4000 do
    local count = math.min(1000, (#joined - at + 1) / 4)
    local part = {struct.unpack('>' .. string.rep('I4', count), joined, at)}
    part[count + 1] = nil  -- where the last one ends
    if found then for i = 1, count do found[#found + 1] = part[i] end end
    found = found or part
  end
  return found
end
local versions = {}
for at = 4, #ARGV, 3 do
  versions[#versions + 1] = {
    bucket = string.sub(ARGV[at], 1, 1), mark = string.sub(ARGV[at], 2, 7),
    is_new = ARGV[at + 1] == '1', places = numbers(ARGV[at + 2]),
  }
end
-- The marks of versions are six bytes of their hashes, joined in a field for each value of the byte before: an entry of a
-- set takes 60.
local buckets = {}
for i, each in ipairs(versions) do buckets[i] = each.bucket end
local now, before = redis.call('HMGET', KEYS[1], unpack(buckets)), redis.call('HMGET', KEYS[2], unpack(buckets))
local added = {}
for i, each in ipairs(versions) do
  local marks = added[each.bucket] or now[i] or ''
  each.is_new = each.is_new and not find_entry(marks, each.mark, 1, 6) and not find_entry(before[i], each.mark, 1, 6)
  if each.is_new then added[each.bucket] = marks .. each.mark end
end
if next(added) then
  local fields = {}
  for bucket, marks in pairs(added) do
    fields[#fields + 1] = bucket
    fields[#fields + 1] = marks
  end
  redis.call('HSET', KEYS[1], unpack(fields))
  redis.call('EXPIRE', KEYS[1], ARGV[1])
end

-- A command takes the longer the more arguments it has, so what several versions add to a counter is added at once.
local counters, increments, sums = numbers(ARGV[3]), {}, {}
for place = 1, #counters do increments[place], sums[place] = 0, 0 end
for _, each in ipairs(versions) do
  if each.is_new then
    local places = each.places
    for i = 1, #places do increments[places[i]] = increments[places[i]] + 1 end
  end
end
-- Adds the counts of a generation to the sums.
local function read(key, adding)
  for first = 1, #counters, 1000 do
    local command, length, last = {'BITFIELD', key, 'OVERFLOW', 'SAT'}, 4, math.min(first + 999, #counters)
    for place = first, last do
      local step = adding and increments[place] or 0
      command[length + 1], command[length + 2], command[length + 3] = 'GET', 'u16', 16 * counters[place]
      if step > 0 then command[length + 1], command[length + 4] = 'INCRBY', step end
      length = length + (step > 0 and 4 or 3)
    end
    local counts = redis.call(unpack(command, 1, length))
    for place = first, last do
      local count = counts[place - first + 1]
      -- What a full counter had before is not known: no version gets less.
      if adding and count == 65535 then count = count + increments[place] end
      sums[place] = sums[place] + count
    end
  end
end
read(KEYS[3], true)
local is_full = sums[1] >= tonumber(ARGV[2])
if redis.call('EXISTS', KEYS[4]) == 1 then read(KEYS[4], false) end
-- Backwards: the last version has all increments in its counts, and those before it not those that it adds.
local found = {}
for i = #versions, 1, -1 do
  local places, step = versions[i].places, versions[i].is_new and 1 or 0
  for n = #places, 1, -1 do
    local place = places[n]
    places[n], sums[place] = sums[place], sums[place] - step
  end
  found[i] = struct.pack('>' .. string.rep('I4', #places), unpack(places))
end
if is_full then redis.call('RENAME', KEYS[3], KEYS[4]) end
return found
