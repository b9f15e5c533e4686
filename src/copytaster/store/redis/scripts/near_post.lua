-- KEYS bucket...   ARGV token seconds field...
-- A bucket is written for one window and must outlive its last entry by another: twice the time, set once.
-- A field holds up to seven tokens of eight bytes, so that the hash stays packed; further ones go to the field with a
-- number behind it, up to 63: what more articles have is the trade's phrase or a page's furniture, and finds nothing.
local token = ARGV[1]
local function holds(owners)
  for at = 1, #owners, 8 do
    if string.sub(owners, at, at + 7) == token then return true end
  end
  return false
end
for i, key in ipairs(KEYS) do
  local field = ARGV[i + 2]
  -- Most runs are new: one search in the hash then does. Most of the others are full: three do.
  if redis.call('HSETNX', key, field, token) == 0 and redis.call('HSTRLEN', key, field .. string.char(8)) < 56 then
    for part = 0, 8 do
      local name = part == 0 and field or field .. string.char(part)
      local owners = redis.call('HGET', key, name)
      if not owners or #owners < 56 then
        if not (owners and holds(owners)) then redis.call('HSET', key, name, (owners or '') .. token) end
        break
      end
      if holds(owners) then break end
    end
  end
  redis.call('EXPIRE', key, 2 * ARGV[2], 'NX')
end
return #KEYS
