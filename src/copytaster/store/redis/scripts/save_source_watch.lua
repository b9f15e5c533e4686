-- KEYS state contracts findings sightings events
-- ARGV expected-version position now events-kept a b c d (source record: a) (source: b) (finding record: c) (finding: d)
--      event...
-- Records contracts and findings, unless another process has changed the version. Sightings before the position go.
if (redis.call('HGET', KEYS[1], 'version') or '0') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'version', ARGV[1] + 1, 'position', ARGV[2], 'looked_at', ARGV[3])
local place = 9
local function set(key, count)
  for _ = 1, count do
    redis.call('HSET', key, ARGV[place], ARGV[place + 1])
    place = place + 2
  end
end
local function remove(key, count)
  for _ = 1, count do
    redis.call('HDEL', key, ARGV[place])
    place = place + 1
  end
end
set(KEYS[2], ARGV[5])
remove(KEYS[2], ARGV[6])
set(KEYS[3], ARGV[7])
remove(KEYS[3], ARGV[8])
redis.call('XTRIM', KEYS[4], 'MINID', ARGV[2])
for at = place, #ARGV do redis.call('XADD', KEYS[5], 'MAXLEN', '~', ARGV[4], '*', 'json', ARGV[at]) end
return 1
