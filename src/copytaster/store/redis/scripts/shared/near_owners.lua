-- A posting is three bytes of the run in one of two buckets: a shared one, which 32 buckets have in common, or, if that was
-- full, its own one: with few articles buckets take more memory than what is in them. Postings are passed joined: the
-- fields of all shared buckets, three bytes each, of their own ones, two bytes each, and the runs.
-- Returns their number, and a list of the fields and runs in this order.
local function near_fields(joined)
  local count = #joined / 8
  return count, {struct.unpack(string.rep('c3', count) .. string.rep('c2', count) .. string.rep('c3', count), joined)}
end

local find, sub = string.find, string.sub
-- The places of postings, and the numbers, that were read last: lists that are created for each run take longer than all
-- else.
local places, numbers = {}, {}

-- A bucket is a string of postings, oldest first: three bytes of the run and four bytes of the article's number.
-- Notes the places of the postings from `at` on behind the first `count`, and returns their number with these.
local function note_places(bucket, run, at, count)
  while at do
    if at % 7 == 1 then
      count = count + 1
      places[count] = at
      at = at + 7
    else
      at = at + 1
    end
    at = find(bucket, run, at, true)
  end
  return count
end

-- Returns how many articles of a window have the run, and how many of them are in the shared bucket, which are the first.
local function near_count(of_many, of_one, run)
  local many, at = 0, of_many and find(of_many, run, 1, true)
  if at then many = note_places(of_many, run, at, 0) end
  if not of_one then return many, many end
  return note_places(of_one, run, find(of_one, run, 1, true), many), many
end

-- Returns the articles that were just counted, or of a run with more than 56 articles in a window the first seven: it is a
-- common phrase, or has so many copies that the original is among the first. Each is returned as the place of its window,
-- one byte, and its number. `all` may count more articles.
local function near_joined(place, of_many, of_one, count, many, all)
  if all > 56 then count = 7 end
  if count == 0 then return '' end
  for i = 1, count do
    local at = places[i]
    numbers[i] = sub(i > many and of_one or of_many, at + 3, at + 6)
  end
  return place .. table.concat(numbers, place, 1, count)
end

-- Returns for each run the joined articles of a window that have it.
local function near_found(place, window, fields, count)
  local stored, found = redis.call('HMGET', window, unpack(fields, 1, 2 * count)), {}
  for i = 1, count do
    local of_many, of_one = stored[i], stored[count + i]
    if of_many or of_one then
      local owners, many = near_count(of_many, of_one, fields[2 * count + i])
      found[i] = near_joined(place, of_many, of_one, owners, many, owners)
    else
      found[i] = ''
    end
  end
  return found
end
