-- Postings are passed joined: two bytes of the bucket and three of the run each. Returns both, by place.
local function near_postings(joined)
  local fields, runs = {}, {}
  for at = 1, #joined, 5 do
    fields[#fields + 1] = string.sub(joined, at, at + 1)
    runs[#runs + 1] = string.sub(joined, at + 2, at + 4)
  end
  return fields, runs
end

-- A bucket is a string of postings, oldest first: three bytes of the run and four bytes of the article's number.
-- Returns the numbers of the articles that have the run, each as four bytes.
local function near_owners(bucket, run)
  local owners, at = {}, 1
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

-- Of a run with more than 56 articles in a window only the first seven are returned: it is a common phrase, or has so
-- many copies that the original is among the first. Each is returned as the place of its window, and its number.
local function near_found(owners_by_window)
  local found = {}
  for window, owners in ipairs(owners_by_window) do
    for i = 1, #owners > 56 and 7 or #owners do found[#found + 1] = string.char(window - 1) .. owners[i] end
  end
  return table.concat(found)
end
