-- The server stores a small hash packed as long as no value exceeds 64 bytes, unless its settings say otherwise. So the
-- records of an article of one version are cut into pieces: NAME, NAME.1, NAME.2 ...; those of articles of several
-- versions, and long ones, are stored whole: beyond a kilobyte the pieces take more than they save.
local PIECE, MOST = 64, 16
local function piece_names(name)
  local names = {name}
  for i = 1, MOST - 1 do names[i + 1] = name .. '.' .. i end
  return names
end
local function join(parts, first)
  if not parts[first] then return false end
  local joined = {}
  for i = first, first + MOST - 1 do
    if not parts[i] then break end
    joined[#joined + 1] = parts[i]
  end
  return table.concat(joined)
end
local function read_record(key, name) return join(redis.call('HMGET', key, unpack(piece_names(name))), 1) end
-- Reads fields, and the document and the tagging of a version, with one command. An earlier release has stored a document
-- as one field, and its taggings are the valid ones as long as they exist.
local function read_version(key, number, fields)
  local names, count = {unpack(fields)}, #fields
  names[count + 1], names[count + 2] = 'document:' .. number, 'tagging:' .. number
  for _, record in ipairs({'d:', 't:'}) do
    for _, name in ipairs(piece_names(record .. number)) do names[#names + 1] = name end
  end
  local found = redis.call('HMGET', key, unpack(names))
  local packed = join(found, count + 3 + MOST)
  return {
    fields = found,
    document = join(found, count + 3) or found[count + 1],
    tagging = found[count + 2] or packed,
    is_plain = found[count + 2],
    first_piece = found[count + 3],
  }
end
-- Returns the fields and values of a record.
local function record_fields(name, record, in_pieces)
  if not in_pieces or #record > PIECE * MOST then return {name, record} end
  local fields = {}
  for start = 1, #record, PIECE do
    fields[#fields + 1] = start == 1 and name or name .. '.' .. (start - 1) / PIECE
    fields[#fields + 1] = string.sub(record, start, start + PIECE - 1)
  end
  return fields
end
-- `replaces`: the hash may have a record under this name.
local function write_record(key, name, record, in_pieces, replaces)
  if replaces then redis.call('HDEL', key, unpack(piece_names(name))) end
  redis.call('HSET', key, unpack(record_fields(name, record, in_pieces)))
end
