-- KEYS article   ARGV version tagging
if redis.call('HGET', KEYS[1], 'shown') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'tagging:' .. ARGV[1], ARGV[2])
return 1
