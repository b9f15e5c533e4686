-- Needs shared/postings.lua.
-- Edits an index of terms. Each group is a posting, the terms that get it, and the terms that lose it.
local IN_BLOCK, LATEST = 30, 40
local function arguments(first, last)
  local found = {}
  for i = first, last do found[#found + 1] = ARGV[i] end
  return found
end
local function edit_postings(index, blocks, groups)
  local terms, seen, values, changed = {}, {}, {}, {}
  for _, group in ipairs(groups) do
    for _, list in ipairs({group.added, group.removed}) do
      for _, term in ipairs(list) do
        if not seen[term] then terms[#terms + 1] = term end
        seen[term] = true
      end
    end
  end
  -- In parts: a script cannot pass more than some thousand arguments to a command.
  for start = 1, #terms, 500 do
    local last = math.min(start + 499, #terms)
    for i, value in ipairs(redis.call('HMGET', index, unpack(terms, start, last))) do
      values[terms[start + i - 1]] = value or ''
    end
  end
  local function read_block(name)
    values[name] = values[name] or redis.call('HGET', index, name) or ''
    return values[name]
  end
  local function write(name, value)
    values[name], changed[name] = value, true
  end
  local function with(block, place, posting)
    return string.sub(block, 1, place * #posting) .. posting .. string.sub(block, place * #posting + 1)
  end
  local function without(block, place, posting)
    return string.sub(block, 1, place * #posting) .. string.sub(block, (place + 1) * #posting + 1)
  end
  local function new_block(name, block)
    redis.call('ZADD', blocks, 0, name)
    write(name, block)
  end
  local function add_to_block(term, posting)
    local name = block_names(blocks, term, posting, 0, 1)[1]
    if not name then
      new_block(term .. string.rep('\0', #posting), posting)
      return
    end
    local block = read_block(name)
    local place, known = place_of(block, posting)
    if known then return end
    block = with(block, place, posting)
    local half = IN_BLOCK * #posting
    if #block > 2 * half then
      new_block(term .. string.sub(block, half + 1, half + #posting), string.sub(block, half + 1))
      block = string.sub(block, 1, half)
    end
    write(name, block)
  end
  local function add(term, posting)
    local latest, has_blocks = latest_of(values[term], #posting)
    local place, known = place_of(latest, posting)
    if known then return end
    if place == 0 and has_blocks then
      add_to_block(term, posting)
      return
    end
    latest = with(latest, place, posting)
    if #latest > LATEST * #posting then
      local block = string.sub(latest, 1, IN_BLOCK * #posting)
      new_block(term .. (has_blocks and string.sub(block, 1, #posting) or string.rep('\0', #posting)), block)
      latest, has_blocks = string.sub(latest, #block + 1), true
    end
    write(term, latest .. (has_blocks and HAS_BLOCKS or ''))
  end
  local function remove_from_block(term, posting, latest)
    local name = block_names(blocks, term, posting, 0, 1)[1]
    if not name then return end
    local block = read_block(name)
    local place, known = place_of(block, posting)
    if not known then return end
    write(name, without(block, place, posting))
    if values[name] ~= '' then return end
    redis.call('ZREM', blocks, name)
    if #block_names(blocks, term, string.rep('\255', #posting), 0, 1) == 0 then write(term, latest) end
  end
  local function remove(term, posting)
    local latest, has_blocks = latest_of(values[term], #posting)
    local place, known = place_of(latest, posting)
    if known then
      write(term, without(latest, place, posting) .. (has_blocks and HAS_BLOCKS or ''))
    elseif has_blocks and place == 0 then
      remove_from_block(term, posting, latest)
    end
  end
  for _, group in ipairs(groups) do
    for _, term in ipairs(group.added) do add(term, group.posting) end
    for _, term in ipairs(group.removed) do remove(term, group.posting) end
  end
  local written, removed = {}, {}
  for name in pairs(changed) do
    if values[name] == '' then
      removed[#removed + 1] = name
    else
      written[#written + 1] = name
      written[#written + 1] = values[name]
    end
  end
  for start = 1, #written, 1000 do
    redis.call('HSET', index, unpack(written, start, math.min(start + 999, #written)))
  end
  for start = 1, #removed, 1000 do
    redis.call('HDEL', index, unpack(removed, start, math.min(start + 999, #removed)))
  end
end
