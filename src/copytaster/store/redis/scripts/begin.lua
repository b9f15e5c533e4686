-- Needs shared/add_line.lua and shared/is_ahead.lua.
-- KEYS waiting working refused due-ingest due-suspect due-backfill held (record timeline)...
-- ARGV owner now lease-end horizon timeline-entry suspect-faults entry-if-suspect for-suspects together id...
-- Returns for each delivery the number of the attempt, the count of faults before it, and the fields and values of the
-- record; attempt 0 means that there is nothing to do, and -1 that the delivery cannot be begun together with others.
local owner, now, lease_end, horizon = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local due_of = {ingest = KEYS[4], suspect = KEYS[5], backfill = KEYS[6]}
local refused, dues, held, waiting, working = {}, {}, {}, {}, {}
local function refuse(transition)
  refused[transition] = (refused[transition] or 0) + 1
  return {0, 0}
end
local function reply(attempt, faults, known)
  local found = {attempt, faults}
  for name, value in pairs(known) do
    found[#found + 1] = name
    found[#found + 1] = value
  end
  return found
end
local function make_suspect(record, timeline, id, due)
  redis.call('HSET', record, 'state', 'waiting', 'lane', 'suspect', 'due', now)
  redis.call('HDEL', record, 'owner', 'lease', 'n')
  redis.call('ZREM', due, id)
  redis.call('ZADD', KEYS[5], now, id)
  redis.call('ZREM', KEYS[2], id)
  redis.call('ZADD', KEYS[1], 0, id)
  redis.call('RPUSH', timeline, ARGV[7])
end
local function begin(record, timeline, id)
  local stored, known = redis.call('HGETALL', record), {}
  for i = 1, #stored, 2 do known[stored[i]] = stored[i + 1] end
  if not known.state then return refuse('begin_unknown') end
  if known.state == 'settled' then return refuse('begin_settled') end
  local lane, faults, was = known.lane or 'ingest', tonumber(known.faults or 0), known.state
  if was == 'working' then
    if known.owner == owner then return reply(tonumber(known.attempts), faults, known) end
    if is_ahead(known.lease, now, horizon) then return refuse('begin_leased') end
  end
  local is_fresh = was == 'waiting' and known.attempts == '0' and faults == 0 and not known.progress
  if ARGV[9] == '1' and not is_fresh then return {-1, faults} end
  if lane == 'suspect' and ARGV[8] == '0' then return refuse('begin_suspect') end
  if was == 'working' then
    faults = redis.call('HINCRBY', record, 'faults', 1)
    redis.call('HSET', record, 'blamed', known.owner)
    known.faults = tostring(faults)
    if lane ~= 'suspect' and faults >= tonumber(ARGV[6]) then
      make_suspect(record, timeline, id, due_of[lane])
      return {0, faults}
    end
  end
  if not known.due then held[#held + 1] = id end  -- or was
  local attempt = known.attempts + 1
  known.state, known.owner, known.lease, known.due, known.attempts = 'working', owner, lease_end, lease_end, tostring(attempt)
  local fields = {'state', 'working', 'owner', owner, 'lease', lease_end, 'due', lease_end, 'attempts', attempt}
  -- The repeated attempts during an outage are not in the timeline.
  if not known.outage then add_line(record, timeline, known.n, ARGV[5], fields) end
  redis.call('HSET', record, unpack(fields))
  local due = dues[lane] or {}
  dues[lane] = due
  due[#due + 1] = lease_end
  due[#due + 1] = id
  if was == 'waiting' then
    waiting[#waiting + 1] = id
    working[#working + 1] = 0
    working[#working + 1] = id
  end
  return reply(attempt, faults, known)
end
-- A damaged record stops none of the others half-way; the call fails when they are done.
local found, failure = {}, nil
for i = 10, #ARGV do
  local at = 8 + 2 * (i - 10)
  local is_read, answer = pcall(begin, KEYS[at], KEYS[at + 1], ARGV[i])
  if is_read then found[#found + 1] = answer else failure = answer end
end
for transition, count in pairs(refused) do redis.call('HINCRBY', KEYS[3], transition, count) end
for lane, due in pairs(dues) do redis.call('ZADD', due_of[lane], unpack(due)) end
if #held > 0 then redis.call('ZREM', KEYS[7], unpack(held)) end
if #waiting > 0 then
  redis.call('ZREM', KEYS[1], unpack(waiting))
  redis.call('ZADD', KEYS[2], unpack(working))
end
if failure then error(failure, 0) end
return found
