-- KEYS for each field three buckets   ARGV field...
-- Returns for each field the tokens that hold it, joined; of a full one the first seven: it is the trade's phrase, or
-- has so many copies that the original is among the first.
local found = {}
for i, field in ipairs(ARGV) do
  local owners = {}
  for window = 1, 3 do
    local key = KEYS[3 * (i - 1) + window]
    local held = redis.call('HGET', key, field)
    owners[#owners + 1] = held or nil
    if held and #held == 56 and redis.call('HSTRLEN', key, field .. string.char(8)) == 0 then
      for part = 1, 7 do
        held = redis.call('HGET', key, field .. string.char(part))
        if not held then break end
        owners[#owners + 1] = held
      end
    end
  end
  found[i] = table.concat(owners)
end
return found
