-- The server stores a small hash packed as long as no value exceeds 64 bytes, unless its settings say otherwise. So the
-- records of an article of one version are cut into pieces: NAME, NAME.1, NAME.2 ...; those of articles of several
-- versions, and long ones, are stored whole: beyond a kilobyte the pieces take more than they save.
local PIECE, MOST = 64, 16
-- Written out: to make the text of a number takes longer than to join two texts.
local ENDS = {
  '', '.1', '.2', '.3', '.4', '.5', '.6', '.7', '.8', '.9', '.10', '.11', '.12', '.13', '.14', '.15',
}
-- Adds the names of the pieces of a record to a list behind the first `count`, and returns it.
local function add_piece_names(name, names, count)
  for i = 1, MOST do names[count + i] = name .. ENDS[i] end
  return names
end
local function join(parts, first)
  if not parts[first] then return false end
  local last = first
  while last < first + MOST - 1 and parts[last + 1] do last = last + 1 end
  return table.concat(parts, '', first, last)
end
local function read_record(key, name) return join(redis.call('HMGET', key, unpack(add_piece_names(name, {}, 0))), 1) end
-- The names of what is read of a version. Those of the first, the only one of most articles, are written out: to join them
-- takes a sixth of reading the article.
local function names_of(number)
  if number == '1' then
    return {
      'document:1', 'tagging:1',
      'd:1', 'd:1.1', 'd:1.2', 'd:1.3', 'd:1.4', 'd:1.5', 'd:1.6', 'd:1.7', 'd:1.8', 'd:1.9', 'd:1.10', 'd:1.11', 'd:1.12',
      'd:1.13', 'd:1.14', 'd:1.15',
      't:1', 't:1.1', 't:1.2', 't:1.3', 't:1.4', 't:1.5', 't:1.6', 't:1.7', 't:1.8', 't:1.9', 't:1.10', 't:1.11', 't:1.12',
      't:1.13', 't:1.14', 't:1.15',
    }
  end
  local names = add_piece_names('d:' .. number, {'document:' .. number, 'tagging:' .. number}, 2)
  return add_piece_names('t:' .. number, names, 2 + MOST)
end
-- Reads fields, and the document and the tagging of a version, with one command. An earlier release has stored a document
-- as one field, and its taggings are the valid ones as long as they exist.
local function read_version(key, number, fields)
  local names, last = names_of(number), 2 + 2 * MOST
  for i, field in ipairs(fields) do names[last + i] = field end
  local found = redis.call('HMGET', key, unpack(names))
  local packed = join(found, 3 + MOST)
  return {
    fields = {unpack(found, last + 1, last + #fields)},
    document = join(found, 3) or found[1],
    tagging = found[2] or packed,
    is_plain = found[2],
    first_piece = found[3],
  }
end
-- Returns the fields and values of a record.
local function record_fields(name, record, in_pieces)
  if not in_pieces or #record > PIECE * MOST then return {name, record} end
  local fields, count = {}, math.ceil(#record / PIECE)
  for i = 1, count do
    fields[2 * i - 1], fields[2 * i] = name .. ENDS[i], string.sub(record, PIECE * (i - 1) + 1, PIECE * i)
  end
  return fields
end
-- `replaces`: the hash may have a record under this name.
local function write_record(key, name, record, in_pieces, replaces)
  if replaces then redis.call('HDEL', key, unpack(add_piece_names(name, {}, 0))) end
  redis.call('HSET', key, unpack(record_fields(name, record, in_pieces)))
end
