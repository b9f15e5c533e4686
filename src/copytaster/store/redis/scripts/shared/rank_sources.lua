-- Orders the sources by the number of their items, the busiest first, and by name; completes what an earlier release
-- has left without an order.
local function rank(counts, busiest, source)
  local known = redis.call('HMGET', counts, 'first:' .. source, 'copies:' .. source)
  redis.call('ZADD', busiest, -tonumber(known[1] or '0') - tonumber(known[2] or '0'), source)
end
local function rank_all(counts, busiest)
  if redis.call('EXISTS', busiest) == 1 then return end
  local fields = redis.call('HGETALL', counts)
  for i = 1, #fields, 2 do
    local kind, source = string.match(fields[i], '^(%a+):(.*)$')
    if kind then rank(counts, busiest, source) end
  end
end
