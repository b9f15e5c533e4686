-- KEYS for each field three buckets   ARGV field...
-- Returns for each field the tokens that hold it, joined.
local found = {}
for i, field in ipairs(ARGV) do
  local owners = {}
  for window = 1, 3 do
    local key = KEYS[3 * (i - 1) + window]
    local part, name = 0, field
    local held = redis.call('HGET', key, name)
    while held do
      owners[#owners + 1] = held
      part = part + 1
      if #held < 56 or part > 8 then break end
      held = redis.call('HGET', key, field .. string.char(part))
    end
  end
  found[i] = table.concat(owners)
end
return found
