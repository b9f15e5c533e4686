-- KEYS tagging due-tag due-retag refused events   ARGV id owner event events-kept
if redis.call('HGET', KEYS[1], 'owner') ~= ARGV[2] then
  redis.call('HINCRBY', KEYS[4], 'tagging_not_held', 1)
  return 0
end
redis.call('DEL', KEYS[1])
if redis.call('ZREM', KEYS[2], ARGV[1]) == 0 then redis.call('ZREM', KEYS[3], ARGV[1]) end
redis.call('XADD', KEYS[5], 'MAXLEN', '~', ARGV[4], '*', 'json', ARGV[3])
return 1
