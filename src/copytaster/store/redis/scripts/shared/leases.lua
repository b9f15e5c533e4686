-- The lease of an article's tagging is one text: attempts, end, owner and the owner that was blamed, on a line each.
local function read_leases(taggings, ids)
  local leases = {}
  for i, each in ipairs(redis.call('HMGET', taggings, unpack(ids))) do
    local lease = {attempts = 0, ends = 0, owner = '', blamed = ''}
    if each then
      local attempts, ends, owner, blamed = string.match(each, '^(%d+)\n(%d+)\n([^\n]*)\n([^\n]*)$')
      lease = {attempts = tonumber(attempts), ends = tonumber(ends), owner = owner, blamed = blamed}
    end
    leases[i] = lease
  end
  return leases
end
local function lease_text(lease)
  return string.format('%d\n%.0f\n%s\n%s', lease.attempts, lease.ends, lease.owner, lease.blamed)
end
