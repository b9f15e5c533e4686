-- Needs shared/failed_files.lua.
-- KEYS record timeline failed reasons sources   ARGV retried-as timeline-entry id reason source
-- Returns the recorded id, which an earlier call may have set; false if the delivery is unknown or not settled.
if redis.call('HGET', KEYS[1], 'state') ~= 'settled' then return false end
if redis.call('HSETNX', KEYS[1], 'retried_as', ARGV[1]) == 1 then
  redis.call('RPUSH', KEYS[2], ARGV[2])
  remove_failed(3, ARGV[3], ARGV[4], ARGV[5])
end
return redis.call('HGET', KEYS[1], 'retried_as')
