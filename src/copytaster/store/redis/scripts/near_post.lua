-- KEYS bucket...   ARGV token seconds field...
-- A bucket is written for one window and must outlive its last entry by another: twice the time, set once.
-- A field holds up to seven tokens of eight bytes, so that the hash stays packed; further ones go to the field with a
-- number behind it, up to 63: what more articles have is the trade's phrase or a page's furniture, and finds nothing.
local token = ARGV[1]
for i, key in ipairs(KEYS) do
  local field = ARGV[i + 2]
  for part = 0, 8 do
    local name = part == 0 and field or field .. string.char(part)
    -- Most runs are new: one search in the hash then does.
    if redis.call('HSETNX', key, name, token) == 1 then break end
    local owners = redis.call('HGET', key, name)
    local known = false
    for at = 1, #owners, 8 do
      if string.sub(owners, at, at + 7) == token then known = true end
    end
    if known then break end
    if #owners < 56 then
      redis.call('HSET', key, name, owners .. token)
      break
    end
  end
  redis.call('EXPIRE', key, 2 * ARGV[2], 'NX')
end
return #KEYS
