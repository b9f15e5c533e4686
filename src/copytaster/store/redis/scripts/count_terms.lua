-- KEYS counted counted-before present former   ARGV seconds generation (version new number-of-slots slot...)...
-- A generation is a string of two-byte counters; the first one counts articles. Returns the sums of both generations for
-- each version.
local versions, at = {}, 3
while at <= #ARGV do
  local first = at + 3
  versions[#versions + 1] = {
    bucket = string.sub(ARGV[at], 1, 1), mark = string.sub(ARGV[at], 2, 7),
    is_new = ARGV[at + 1] == '1', first = first, last = first + ARGV[at + 2] - 1,
  }
  at = versions[#versions].last + 1
end
-- The marks of versions are six bytes of their hashes, joined in a field for each value of the byte before: an entry of a
-- set takes 60.
local function contains(marks, mark)
  local found = marks and string.find(marks, mark, 1, true)
  while found and found % 6 ~= 1 do found = string.find(marks, mark, found + 1, true) end
  return found
end
local buckets = {}
for i, each in ipairs(versions) do buckets[i] = each.bucket end
local now, before = redis.call('HMGET', KEYS[1], unpack(buckets)), redis.call('HMGET', KEYS[2], unpack(buckets))
local added = {}
for i, each in ipairs(versions) do
  local marks = added[each.bucket] or now[i] or ''
  each.is_new = each.is_new and not contains(marks, each.mark) and not contains(before[i], each.mark)
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
local function read(key, adding)
  local counts, command, length = {}, {'BITFIELD', key, 'OVERFLOW', 'SAT'}, 4
  local function run()
    if length == 4 then return end
    for _, count in ipairs(redis.call(unpack(command, 1, length))) do counts[#counts + 1] = count end
    length = 4
  end
  for _, each in ipairs(versions) do
    local adds = adding and each.is_new
    local verb = adds and 'INCRBY' or 'GET'
    for i = each.first, each.last do
      command[length + 1], command[length + 2], command[length + 3] = verb, 'u16', ARGV[i]
      length = length + 3
      if adds then
        length = length + 1
        command[length] = '1'
      end
      -- In parts: a script cannot pass more than some thousand arguments to a command.
      if length > 5000 then run() end
    end
  end
  run()
  return counts
end
local present, former = read(KEYS[3], true), read(KEYS[4], false)
local found, place, is_full = {}, 1, false
for i, each in ipairs(versions) do
  is_full = is_full or present[place] >= tonumber(ARGV[2])
  local counts = {}
  for n = 1, each.last - each.first + 1 do
    counts[n] = present[place] + former[place]
    place = place + 1
  end
  found[i] = counts
end
if is_full then redis.call('RENAME', KEYS[3], KEYS[4]) end
return found
