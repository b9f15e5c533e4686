-- KEYS events reported   ARGV position events-kept event...
-- Events of a batch are written once: its position is later than that of the last one that was written.
local function order(position)
  local time, number = string.match(position, '(%d+)-(%d+)')
  return tonumber(time), tonumber(number)
end
local time, number = order(ARGV[1])
local last_time, last_number = order(redis.call('GET', KEYS[2]) or '0-0')
if time < last_time or time == last_time and number <= last_number then return 0 end
redis.call('SET', KEYS[2], ARGV[1])
for at = 3, #ARGV do redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[2], '*', 'json', ARGV[at]) end
return 1
