-- KEYS for each field three buckets   ARGV field...
-- Returns for each field the joined tokens of the articles that have it. Of a field with more than 56 tokens only the
-- first seven are returned: it is a common phrase, or has so many copies that the original is among the first.
local found = {}
for i, field in ipairs(ARGV) do
  local owners = {}
  for window = 1, 3 do
    local key = KEYS[3 * (i - 1) + window]
    local tokens = redis.call('HGET', key, field)
    owners[#owners + 1] = tokens or nil
    if tokens and #tokens == 56 and redis.call('HSTRLEN', key, field .. string.char(8)) == 0 then
      for part = 1, 7 do
        tokens = redis.call('HGET', key, field .. string.char(part))
        if not tokens then break end
        owners[#owners + 1] = tokens
      end
    end
  end
  found[i] = table.concat(owners)
end
return found
