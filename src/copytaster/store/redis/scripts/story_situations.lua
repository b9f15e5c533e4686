-- Needs shared/story_keys.lua.
-- KEYS index   ARGV prefix candidates (article count-of-keys key...)...
-- Returns for each article: story, assignment, present story of the assignment, waiting copies, candidates, all stories
-- under its keys, number of waiting copies; then handles and records of the stories that were named.
local prefix, most = ARGV[1], tonumber(ARGV[2])
local articles, at = {}, 3
while at <= #ARGV do
  local count, keys = tonumber(ARGV[at + 1]), {}
  for i = 1, count do keys[i] = ARGV[at + 1 + i] end
  articles[#articles + 1] = {id = ARGV[at], keys = keys}
  at = at + 2 + count
end
local names, answer, needed, order = {}, {}, {}, {}
for i, article in ipairs(articles) do names[i] = article.id end
local assigned = redis.call('HMGET', prefix .. 'assigned', unpack(names))
local function need(handle)
  if not needed[handle] then
    needed[handle] = true
    order[#order + 1] = handle
  end
end
local function candidates(keys)
  if #keys == 0 then return {}, '' end
  local scores, found, distinct = {}, {}, 0
  for _, postings in ipairs(redis.call('HMGET', KEYS[1], unpack(keys))) do
    local handles, count = split_handles(postings or '')
    for i = 1, count do
      local handle = handles[i]
      local score = scores[handle]
      if not score then
        distinct = distinct + 1
        found[distinct], score = handle, 0
      end
      scores[handle] = score + 1 + 1 / count
    end
  end
  -- Of a hundred stories a few are wanted: sorting all takes longer than everything else here.
  local best, filled, least, last = {}, 0, 0, ''
  for i = 1, distinct do
    local each = found[i]
    local score = scores[each]
    if filled < most or score > least or score == least and each < last then
      if filled < most then filled = filled + 1 end
      local place = filled
      while place > 1 do
        local other = best[place - 1]
        if score < scores[other] or score == scores[other] and not (each < other) then break end
        best[place], place = other, place - 1
      end
      best[place] = each
      last = best[filled]
      least = scores[last]
    end
  end
  return best, table.concat(found)
end
local function unplaced(waiting)
  local found = {}
  for i = 1, #waiting, 2 do
    if redis.call('HEXISTS', placed_key(prefix, waiting[i]), waiting[i]) == 0 then
      found[#found + 1] = waiting[i + 1]
    end
  end
  return found
end
for i, article in ipairs(articles) do
  local found = redis.call('HMGET', placed_key(prefix, article.id), article.id, WAITED_FOR .. article.id)
  local story, waiting = found[1], tonumber(found[2] or 0)
  if story then
    story = handle_of(story == '' and own_story(article.id) or story)
    need(story)
  end
  local target, short = '', ''
  if assigned[i] and not story then
    target, short = present_handle(prefix, string.sub(assigned[i], 2, 1 + string.byte(assigned[i])))
    need(target)
  end
  local copies = waiting > 0 and unplaced(redis.call('HGETALL', prefix .. 'waiting:' .. article.id)) or {}
  local best, known = candidates(article.keys)
  for _, handle in ipairs(best) do need(handle) end
  answer[i] = {story or '', not story and assigned[i] or '', short, copies, best, known, waiting}
end
local records = {}
for i, handle in ipairs(order) do records[i] = story_key(prefix, 'story', handle) end
if #records > 0 then records = redis.call('MGET', unpack(records)) end
answer[#answer + 1] = order
answer[#answer + 1] = records
return answer
