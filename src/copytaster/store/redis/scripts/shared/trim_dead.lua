-- Remove the oldest of more than `most` dead messages, and count them as missed.
local function trim_dead(dead, messages, attempts, state, most)
  local extra = redis.call('ZCARD', dead) - most
  if extra <= 0 then return end
  for _, event in ipairs(redis.call('ZRANGE', dead, 0, extra - 1)) do
    redis.call('HDEL', messages, event)
    redis.call('HDEL', attempts, event)
  end
  redis.call('ZREMRANGEBYRANK', dead, 0, extra - 1)
  redis.call('HINCRBY', state, 'missed', extra)
end
