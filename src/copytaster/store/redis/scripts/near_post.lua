-- KEYS bucket...   ARGV token seconds field...
-- A bucket is written during one window, and its last entry must stay for another: it expires after twice the time.
-- A field has up to seven tokens of eight bytes, so that the server keeps the hash packed. Further tokens are in fields
-- with a number appended, up to 63 in all: a run that more articles have is a common phrase or part of a page's frame.
local token = ARGV[1]
local function contains(owners)
  for at = 1, #owners, 8 do
    if string.sub(owners, at, at + 7) == token then return true end
  end
  return false
end
for i, key in ipairs(KEYS) do
  local field = ARGV[i + 2]
  -- Most runs are new: then one search in the hash is enough. Most of the others are full: then three are.
  if redis.call('HSETNX', key, field, token) == 0 and redis.call('HSTRLEN', key, field .. string.char(8)) < 56 then
    for part = 0, 8 do
      local name = part == 0 and field or field .. string.char(part)
      local owners = redis.call('HGET', key, name)
      if not owners or #owners < 56 then
        if not (owners and contains(owners)) then redis.call('HSET', key, name, (owners or '') .. token) end
        break
      end
      if contains(owners) then break end
    end
  end
  redis.call('EXPIRE', key, 2 * ARGV[2], 'NX')
end
return #KEYS
