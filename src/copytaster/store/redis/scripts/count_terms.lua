-- KEYS counted present former   ARGV new seconds generation slot...
-- A generation is a string of two-byte counters; the first one counts articles. Returns the sums of both generations.
local new = ARGV[1] == '1' and redis.call('SET', KEYS[1], '', 'NX', 'EX', ARGV[2])
local function read(key, adding)
  local counts = {}
  -- In parts: a script cannot pass more than some thousand arguments to a command.
  for first = 4, #ARGV, 500 do
    local command = {'BITFIELD', key, 'OVERFLOW', 'SAT'}
    for at = first, math.min(first + 499, #ARGV) do
      if adding then
        command[#command + 1] = 'INCRBY'
        command[#command + 1] = 'u16'
        command[#command + 1] = '#' .. ARGV[at]
        command[#command + 1] = '1'
      else
        command[#command + 1] = 'GET'
        command[#command + 1] = 'u16'
        command[#command + 1] = '#' .. ARGV[at]
      end
    end
    for _, count in ipairs(redis.call(unpack(command))) do counts[#counts + 1] = count end
  end
  return counts
end
local counts = read(KEYS[2], new)
local full = counts[1] >= tonumber(ARGV[3])
for at, count in ipairs(read(KEYS[3], false)) do counts[at] = counts[at] + count end
if full then redis.call('RENAME', KEYS[2], KEYS[3]) end
return counts
