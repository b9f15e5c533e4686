-- KEYS prefix
-- ARGV expected-position new-position expected-generation hits-kept remembered (match article at n (search: n times))...
local prefix = KEYS[1]
if (redis.call('GET', prefix .. 'position') or '') ~= ARGV[1] then return 0 end
if (redis.call('GET', prefix .. 'generation') or '') ~= ARGV[3] then return 0 end
redis.call('SET', prefix .. 'position', ARGV[2])
redis.call('DEL', prefix .. 'matches')
local place = 6
while place <= #ARGV do
  local article, at, last = ARGV[place + 1], ARGV[place + 2], place + 3 + ARGV[place + 3]
  local matched = prefix .. 'matched:' .. article
  redis.call('RPUSH', prefix .. 'matches', ARGV[place])
  for number = place + 4, last do
    local search = ARGV[number]
    redis.call('SADD', matched, search)
    if redis.call('HEXISTS', prefix .. 'searches', search) == 1 then
      redis.call('LPUSH', prefix .. 'hits:' .. search, at .. ' ' .. article)
      redis.call('LTRIM', prefix .. 'hits:' .. search, 0, ARGV[4] - 1)
      redis.call('HINCRBY', prefix .. 'counts', search, 1)
    end
  end
  redis.call('PEXPIRE', matched, ARGV[5])
  place = last + 1
end
return 1
