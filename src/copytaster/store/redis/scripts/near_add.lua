-- KEYS counter numbers own-window window-before window-after   ARGV token period seconds head entry postings
-- Returns the article's number, and for each run the joined numbers of the articles that have it.
local counter, numbers, own = KEYS[1], KEYS[2], KEYS[3]
local token, period, head, entry = ARGV[1], ':' .. ARGV[2], ARGV[4], ARGV[5]

-- The number is stored with the windows that have a record of the article, so that all of them are removed with it.
local stored = redis.call('HGET', numbers, token)
local place = stored or tostring(redis.call('INCR', counter))
if not string.find(place .. ':', period .. ':', 1, true) then
  place = place .. period
  redis.call('HSET', numbers, token, place)
end
local number = tonumber(string.match(place, '^%d+'))
local field = struct.pack('>I4', number)

local shared, single, runs = near_postings(ARGV[6])
local records, common, rest = near_read(own, {field}, shared, single)
local record = records[1]

-- The record is the head and an entry for each signature, which begins with its length (two bytes) and time (eight).
-- In a record of more than 32 KB, some forty versions, a new entry replaces the oldest one.
local changed = {}
if not record then
  changed = {field, head .. entry}
elseif not string.find(record, entry, 1, true) then
  local first = #head + 1
  if #record > 32768 then
    first = first + 10 + string.byte(record, first) + 256 * string.byte(record, first + 1)
  end
  changed = {field, head .. string.sub(record, first) .. entry}
end

-- A run has room for 63 articles of a window. Further articles find the earlier ones by it, but are not found by it.
-- A shared bucket has room for 64 postings. Several runs of a signature may have the same bucket: the later ones are
-- added to what the first has left.
local latest, owners_of = {}, {}
local function add_to(name, bucket, run)
  latest[name] = (latest[name] or bucket or '') .. run .. field
end
for i, run in ipairs(runs) do
  local of_many, of_one = latest[shared[i]] or common[i], latest[single[i]] or rest[i]
  local owners = near_owners(of_one, run, near_owners(of_many, run, {}))
  local known = #owners >= 63
  for _, each in ipairs(owners) do known = known or each == field end
  if not known then
    if #(of_many or '') < 64 * 7 then
      add_to(shared[i], of_many, run)
    else
      add_to(single[i], of_one, run)
    end
    owners[#owners + 1] = field
  end
  owners_of[i] = owners
end
for name, bucket in pairs(latest) do
  changed[#changed + 1] = name
  changed[#changed + 1] = bucket
end
if #changed > 0 then redis.call('HSET', own, unpack(changed)) end
redis.call('EXPIRE', own, ARGV[3])

local before = near_owners_of_all(KEYS[4], shared, single, runs)
local after = near_owners_of_all(KEYS[5], shared, single, runs)
local found = {number}
for i in ipairs(runs) do found[1 + i] = near_found({owners_of[i], before[i], after[i]}) end
return found
