-- KEYS for each token three windows   ARGV token...
local found = {}
for i, token in ipairs(ARGV) do
  local number = false
  for window = 1, 3 do
    number = number or redis.call('HGET', KEYS[3 * (i - 1) + window], token)
  end
  found[i] = number
end
return found
