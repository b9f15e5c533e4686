-- Ends a delivery's wait for the end of an outage. The four KEYS from `first` on are the waiting ids of each resource.
local function end_outage(record, id, first)
  if redis.call('HDEL', record, 'outage', 'outage_since', 'outage_attempts') == 0 then return end
  for i = first, first + 3 do redis.call('ZREM', KEYS[i], id) end
end
