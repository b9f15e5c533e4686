-- A posting of an article is the time of receipt and the beginning of the id; see ``term_index``. The listing of all
-- articles, in which those of one time are in the order of their ids, has the rest.
local TIED = 16
-- Returns text whose articles are those whose ids begin with it, or are just it, and the time of receipt.
local function sought(posting)
  local high, low = struct.unpack('>I2I4', posting)
  local twice, name = high * 4294967296 + low, string.sub(posting, 7)
  if twice % 2 == 0 then
    return 'a' .. string.gsub(name, '.', function(each) return string.format('%02x', string.byte(each)) end), twice / 2
  end
  local short = string.gsub(name, '%z+$', '')
  return short, (twice - 1) / 2, #short < #name
end
local function is_below(one, other)
  for i = 1, math.min(#one, #other) do
    local a, b = string.byte(one, i), string.byte(other, i)
    if a ~= b then return a < b end
  end
  return #one < #other
end
-- Returns the ids of the articles between the times of the first and the last posting, by time, as far as they are not
-- more than twice as many as the postings: those of a frequent term are found with this one command.
local function listed_near(listing, postings)
  if #postings < 2 then return {} end
  local _, first = sought(postings[1])
  local _, last = sought(postings[#postings])
  local high, low = string.format('%.0f', math.max(first, last)), string.format('%.0f', math.min(first, last))
  local most = 2 * #postings
  local rows = redis.call('ZREVRANGEBYSCORE', listing, high, low, 'WITHSCORES', 'LIMIT', 0, most)
  local by_time = {}
  for i = 1, #rows, 2 do
    by_time[rows[i + 1]] = by_time[rows[i + 1]] or {}
    table.insert(by_time[rows[i + 1]], 1, rows[i])
  end
  -- The last time may have further articles.
  if #rows == 2 * most then by_time[rows[#rows]] = nil end
  return by_time
end
-- Returns the ids of the articles with each posting, joined by spaces; empty if the listing has none.
local function named_articles(listing, postings)
  local found, last_time, rows, near = {}, nil, {}, listed_near(listing, postings)
  for i, posting in ipairs(postings) do
    local start, time, is_whole = sought(posting)
    local names, at = {}, string.format('%.0f', time)
    local function take(ids)
      for _, id in ipairs(ids) do
        if id == start or not is_whole and string.sub(id, 1, #start) == start then names[#names + 1] = id end
      end
    end
    if near[at] then
      last_time, rows = nil, near[at]
    elseif at ~= last_time then
      last_time, rows = at, redis.call('ZRANGEBYSCORE', listing, at, at, 'LIMIT', 0, TIED + 1)
    end
    if near[at] or #rows <= TIED then
      take(rows)
    else
      -- Of a feed with thousands of items all are received at one time: the place is found by halving.
      local low = redis.call('ZCOUNT', listing, '-inf', '(' .. at)
      local after = low + redis.call('ZCOUNT', listing, at, at)
      local high = after
      while low < high do
        local middle = math.floor((low + high) / 2)
        if is_below(redis.call('ZRANGE', listing, middle, middle)[1], start) then low = middle + 1 else high = middle end
      end
      take(redis.call('ZRANGE', listing, low, math.min(low + TIED, after) - 1))
    end
    found[i] = table.concat(names, ' ')
  end
  return found
end
