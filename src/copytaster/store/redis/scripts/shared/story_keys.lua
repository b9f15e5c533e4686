-- A story is named by ten bytes, its handle: the hash in its id; other ids are stored as text, and hashed here.
local HEX = string.rep('%02x', 10)
local function to_hex(handle)
  return string.format(HEX, string.byte(handle, 1, 10))
end
local function to_bytes(hex)
  return (string.gsub(hex, '..', function(each) return string.char(tonumber(each, 16)) end))
end
local function handle_of(short)
  if #short == 10 then return short end
  return to_bytes(string.sub(redis.sha1hex(short), 1, 20))
end
-- Returns a list of joined handles, and their number. One call of a function for all takes a fraction of one for each.
local function split_handles(joined)
  local count = #joined / 10
  return {struct.unpack(string.rep('c10', count), joined)}, count
end
local function own_story(article)
  local hex = string.match(article, '^a(%x+)$')
  if hex and #hex == 20 then return to_bytes(hex) end
  return 's' .. string.sub(article, 2)
end
local function story_key(prefix, kind, handle) return prefix .. kind .. ':' .. to_hex(handle) end
-- Articles are spread over hashes that are small enough for the server to pack them. Beside the story of an article
-- there may be the number of copies that wait for it.
local WAITED_FOR = '+'
local function placed_key(prefix, article) return prefix .. 'placed:' .. string.sub(article, -3) end
local function present_handle(prefix, short)
  local handle = handle_of(short)
  while redis.call('EXISTS', story_key(prefix, 'story', handle)) == 0 do
    local into = redis.call('HGET', prefix .. 'redirects', handle)
    if not into then break end
    short, handle = into, handle_of(into)
  end
  return handle, short
end
