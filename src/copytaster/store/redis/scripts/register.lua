-- Needs shared/postings.lua, shared/edit_postings.lua and shared/add_line.lua.
-- KEYS balance events refused held-due waiting index blocks sightings (record timeline due-or-held)...
-- ARGV events-kept sightings-kept held-due
--      (id due-or-place timeline-entry event posting sighting n m (field value: n arguments) (term: m arguments))...
-- An empty held-due means that the deliveries get a due time, else they are held at their places. Returns for each whether
-- it was registered by this call.
local held_due = ARGV[3]
local done, places, waiting, postings = {}, {}, {}, {}
local function register(record, timeline, due_or_held, first)
  local id, place, line, event, posting, sighting = unpack(ARGV, first, first + 5)
  local fields_end = first + 7 + ARGV[first + 6]
  local terms_end = fields_end + ARGV[first + 7]
  local is_new = redis.call('EXISTS', record) == 0
  done[#done + 1] = is_new and 1 or 0
  if not is_new then return terms_end + 1 end
  local state = {'state', 'waiting', 'attempts', 0, unpack(ARGV, first + 8, fields_end)}
  if held_due == '' then
    state[#state + 1] = 'due'
    state[#state + 1] = place
  end
  add_line(record, timeline, 0, line, state)
  redis.call('HSET', record, unpack(state))
  redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[1], '*', 'json', event)
  if sighting ~= '' then redis.call('XADD', KEYS[8], 'MAXLEN', '~', ARGV[2], '*', 's', sighting) end
  local queue = places[due_or_held] or {}
  places[due_or_held] = queue
  queue[#queue + 1] = place
  queue[#queue + 1] = id
  waiting[#waiting + 1] = 0
  waiting[#waiting + 1] = id
  postings[#postings + 1] = {posting = posting, added = arguments(fields_end + 1, terms_end), removed = {}}
  return terms_end + 1
end
local at = 4
for i = 9, #KEYS, 3 do at = register(KEYS[i], KEYS[i + 1], KEYS[i + 2], at) end
if #postings < #done then redis.call('HINCRBY', KEYS[3], 'register_known', #done - #postings) end
if #postings == 0 then return done end
if held_due ~= '' then redis.call('SET', KEYS[4], held_due) end
for key, queue in pairs(places) do redis.call('ZADD', key, unpack(queue)) end
redis.call('ZADD', KEYS[5], unpack(waiting))
redis.call('HINCRBY', KEYS[1], 'seen', #postings)
edit_postings(KEYS[6], KEYS[7], postings)
return done
