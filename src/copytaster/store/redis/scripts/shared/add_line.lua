-- Adds an entry to the timeline of a delivery. The first short ones are fields of the record, as long as it has the field
-- `n`, which is their number; all others are in a list. `fields` are written to the record by the caller.
local function add_line(record, timeline, n, entry, fields)
  if n and #entry <= 64 then
    for _, each in ipairs({'l' .. n, entry, 'n', n + 1}) do fields[#fields + 1] = each end
    return
  end
  if n then redis.call('HDEL', record, 'n') end
  redis.call('RPUSH', timeline, entry)
end
