-- Postings are passed joined: two bytes of the bucket and three of the run each. A posting is in a shared bucket, which
-- 32 buckets have in common, or, if that was full, in its own one: with few articles buckets take more memory than what is
-- in them. Returns the fields of the shared and of the own buckets, and the runs, by place.
local function near_postings(joined)
  local shared, own, runs = {}, {}, {}
  for at = 1, #joined, 5 do
    local bucket = string.sub(joined, at, at + 1)
    local high, low = string.byte(bucket, 1, 2)
    shared[#shared + 1] = '/' .. string.char(high, low - low % 32)
    own[#own + 1] = bucket
    runs[#runs + 1] = string.sub(joined, at + 2, at + 4)
  end
  return shared, own, runs
end

-- Returns the contents of fields in as many lists as there are lists of fields, with one command.
local function near_read(window, ...)
  local lists, names, found, at = {...}, {}, {}, 0
  for _, fields in ipairs(lists) do
    for _, each in ipairs(fields) do names[#names + 1] = each end
  end
  local values = redis.call('HMGET', window, unpack(names))
  for i, fields in ipairs(lists) do
    found[i] = {unpack(values, at + 1, at + #fields)}
    at = at + #fields
  end
  return unpack(found)
end

-- A bucket is a string of postings, oldest first: three bytes of the run and four bytes of the article's number.
-- Adds the numbers of the articles that have the run, each as four bytes, to the list, and returns it.
local function near_owners(bucket, run, owners)
  local at = 1
  while bucket do
    at = string.find(bucket, run, at, true)
    if not at then break end
    if at % 7 == 1 then
      owners[#owners + 1] = string.sub(bucket, at + 3, at + 6)
      at = at + 7
    else
      at = at + 1
    end
  end
  return owners
end

-- Returns for each run the numbers of the articles of a window that have it: those of the shared bucket are the first.
local function near_owners_of_all(window, shared, own, runs)
  local common, single = near_read(window, shared, own)
  local owners = {}
  for i, run in ipairs(runs) do owners[i] = near_owners(single[i], run, near_owners(common[i], run, {})) end
  return owners
end

-- Of a run with more than 56 articles in a window only the first seven are returned: it is a common phrase, or has so
-- many copies that the original is among the first. Each is returned as the place of its window, and its number.
local function near_found(owners_by_window)
  local found = {}
  for window, owners in ipairs(owners_by_window) do
    for i = 1, #owners > 56 and 7 or #owners do found[#found + 1] = string.char(window - 1) .. owners[i] end
  end
  return table.concat(found)
end
