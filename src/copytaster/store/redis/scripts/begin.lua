-- Needs shared/add_line.lua.
-- KEYS record timeline waiting working refused due-ingest due-suspect due-backfill held
-- ARGV id owner now lease-end horizon timeline-entry suspect-faults entry-if-suspect for-suspects together
-- Returns the number of the attempt, the count of faults before it, and the fields and values of the record; attempt 0
-- means that there is nothing to do, and -1 that the delivery cannot be begun together with others.
local function refuse(transition)
  redis.call('HINCRBY', KEYS[5], transition, 1)
  return {0, 0}
end
local stored, known = redis.call('HGETALL', KEYS[1]), {}
for i = 1, #stored, 2 do known[stored[i]] = stored[i + 1] end
local function reply(attempt, faults)
  local found = {attempt, faults}
  for name, value in pairs(known) do
    found[#found + 1] = name
    found[#found + 1] = value
  end
  return found
end
if not known.state then return refuse('begin_unknown') end
if known.state == 'settled' then return refuse('begin_settled') end
local lane, faults, was = known.lane or 'ingest', tonumber(known.faults or 0), known.state
local due = ({ingest = KEYS[6], suspect = KEYS[7], backfill = KEYS[8]})[lane]
if was == 'working' then
  if known.owner == ARGV[2] then return reply(tonumber(known.attempts), faults) end
  local ends = tonumber(known.lease)
  if ends > tonumber(ARGV[3]) and ends <= tonumber(ARGV[5]) then return refuse('begin_leased') end
end
local is_fresh = was == 'waiting' and known.attempts == '0' and faults == 0 and not known.progress
if ARGV[10] == '1' and not is_fresh then return {-1, faults} end
if lane == 'suspect' and ARGV[9] == '0' then return refuse('begin_suspect') end
if was == 'working' then
  faults = redis.call('HINCRBY', KEYS[1], 'faults', 1)
  redis.call('HSET', KEYS[1], 'blamed', known.owner)
  known.faults = tostring(faults)
  if lane ~= 'suspect' and faults >= tonumber(ARGV[7]) then
    redis.call('HSET', KEYS[1], 'state', 'waiting', 'lane', 'suspect', 'due', ARGV[3])
    redis.call('HDEL', KEYS[1], 'owner', 'lease', 'n')
    redis.call('ZREM', due, ARGV[1])
    redis.call('ZADD', KEYS[7], ARGV[3], ARGV[1])
    redis.call('ZREM', KEYS[4], ARGV[1])
    redis.call('ZADD', KEYS[3], 0, ARGV[1])
    redis.call('RPUSH', KEYS[2], ARGV[8])
    return {0, faults}
  end
end
local is_held = not known.due  -- or was
local attempt = known.attempts + 1
known.state, known.owner, known.lease, known.due, known.attempts = 'working', ARGV[2], ARGV[4], ARGV[4], tostring(attempt)
local fields = {'state', 'working', 'owner', ARGV[2], 'lease', ARGV[4], 'due', ARGV[4], 'attempts', attempt}
-- The repeated attempts during an outage are not in the timeline.
if not known.outage then add_line(KEYS[1], KEYS[2], known.n, ARGV[6], fields) end
redis.call('HSET', KEYS[1], unpack(fields))
redis.call('ZADD', due, ARGV[4], ARGV[1])
if is_held then redis.call('ZREM', KEYS[9], ARGV[1]) end
if was == 'waiting' then
  redis.call('ZREM', KEYS[3], ARGV[1])
  redis.call('ZADD', KEYS[4], 0, ARGV[1])
end
return reply(attempt, faults)
