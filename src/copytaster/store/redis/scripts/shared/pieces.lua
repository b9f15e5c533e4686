-- The server stores a small hash packed as long as no value exceeds 64 bytes. So the records of an article of one version
-- are cut into pieces: NAME, NAME.1, NAME.2 ...; those of articles of several versions, and long ones, are stored whole:
-- beyond a kilobyte the pieces take more than they save.
local PIECE, MOST = 64, 16
local function piece_names(name)
  local names = {name}
  for i = 1, MOST - 1 do names[i + 1] = name .. '.' .. i end
  return names
end
local function read_record(key, name)
  local parts = redis.call('HMGET', key, unpack(piece_names(name)))
  if not parts[1] then return false end
  local joined = {}
  for i = 1, MOST do
    if not parts[i] then break end
    joined[i] = parts[i]
  end
  return table.concat(joined)
end
-- `replaces`: the hash may have a record under this name.
local function write_record(key, name, record, in_pieces, replaces)
  if replaces then redis.call('HDEL', key, unpack(piece_names(name))) end
  if not in_pieces or #record > PIECE * MOST then
    redis.call('HSET', key, name, record)
    return
  end
  local fields = {}
  for start = 1, #record, PIECE do
    fields[#fields + 1] = start == 1 and name or name .. '.' .. (start - 1) / PIECE
    fields[#fields + 1] = string.sub(record, start, start + PIECE - 1)
  end
  redis.call('HSET', key, unpack(fields))
end
