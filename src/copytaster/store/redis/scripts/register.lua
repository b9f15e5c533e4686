-- Needs shared/postings.lua, shared/edit_postings.lua and shared/add_line.lua.
-- KEYS record timeline due-or-held balance events refused held-due waiting index blocks sightings
-- ARGV id due-or-place timeline-entry event events-kept held-due posting sighting sightings-kept
--      n (field value: n arguments) term...
-- An empty held-due means that the delivery gets a due time, else it is held at its place.
if redis.call('EXISTS', KEYS[1]) == 1 then
  redis.call('HINCRBY', KEYS[6], 'register_known', 1)
  return 0
end
local last = 10 + ARGV[10]
local state = {'state', 'waiting', 'attempts', 0, unpack(ARGV, 11, last)}
if ARGV[6] == '' then
  state[#state + 1] = 'due'
  state[#state + 1] = ARGV[2]
else
  redis.call('SET', KEYS[7], ARGV[6])
end
add_line(KEYS[1], KEYS[2], 0, ARGV[3], state)
redis.call('HSET', KEYS[1], unpack(state))
redis.call('ZADD', KEYS[3], ARGV[2], ARGV[1])
redis.call('HINCRBY', KEYS[4], 'seen', 1)
redis.call('XADD', KEYS[5], 'MAXLEN', '~', ARGV[5], '*', 'json', ARGV[4])
if ARGV[8] ~= '' then redis.call('XADD', KEYS[11], 'MAXLEN', '~', ARGV[9], '*', 's', ARGV[8]) end
redis.call('ZADD', KEYS[8], 0, ARGV[1])
edit_postings(KEYS[9], KEYS[10], {{posting = ARGV[7], added = arguments(last + 1, #ARGV), removed = {}}})
return 1
