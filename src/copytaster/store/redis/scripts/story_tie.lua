-- KEYS stories members relations   ARGV relation (name born certain)...
-- An article is named by the story that it founds; `born` is its time of receipt, `root` the founder of its story.
-- `stories` contains "root:born" by name, `members` contains "root:born:name". Returns the id of the common story.
local function node(name)
  local found = redis.call('HGET', KEYS[1], name)
  if not found then return nil end
  return string.match(found, '^(.*):(%d+)$')
end
local function put(root, born, name)
  redis.call('HSET', KEYS[1], name, root .. ':' .. born)
  redis.call('ZADD', KEYS[2], 0, root .. ':' .. born .. ':' .. name)
end
local function entries(root, limit)
  return redis.call('ZRANGE', KEYS[2], '[' .. root .. ':', '(' .. root .. ';', 'BYLEX', 'LIMIT', 0, limit)
end
local function first(root) return string.match(entries(root, 1)[1], ':(%d+):(.*)$') end
local function move(from, to)
  for _, entry in ipairs(entries(from, -1)) do
    local born, name = string.match(entry, ':(%d+):(.*)$')
    redis.call('ZREM', KEYS[2], entry)
    put(to, born, name)
  end
end
if #ARGV == 4 and not node(ARGV[2]) then return ARGV[2] end
for i = 2, #ARGV, 3 do
  local name, born = ARGV[i], ARGV[i + 1]
  local root, known = node(name)
  if not root then
    put(name, born, name)
  elseif ARGV[i + 2] == '1' and known ~= born then
    redis.call('ZREM', KEYS[2], root .. ':' .. known .. ':' .. name)
    put(root, born, name)
    local _, founder = first(root)
    if founder ~= root then move(root, founder) end
  end
end
if ARGV[1] ~= '' then redis.call('HSET', KEYS[3], ARGV[2], ARGV[1]) end
local root = node(ARGV[2])
for i = 5, #ARGV, 3 do
  local other = node(ARGV[i])
  if other ~= root then
    local born, name = first(root)
    local other_born, other_name = first(other)
    if other_born .. ':' .. other_name < born .. ':' .. name then
      move(root, other)
      root = other
    else
      move(other, root)
    end
  end
end
return root
