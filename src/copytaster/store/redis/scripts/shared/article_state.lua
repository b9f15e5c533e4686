-- Needs shared/pieces.lua.
-- Returns what identifies the state of an article: of the current version, its labels, the copies, and what people have
-- decided; an empty string if there is no article. ``changes`` counts their changes, also those in other slots.
local function article_state(article, links)
  local head = {'shown', 'count', 'accepted', 'release', 'changes'}
  local stored = read_version(article, '1', head)
  local shown = stored.fields[1]
  if not shown then return '' end
  if shown ~= '1' then stored = read_version(article, shown, head) end
  local parts = {stored.document or '', stored.tagging or '', tostring(redis.call('HLEN', links))}
  for i = 1, #head do parts[#parts + 1] = stored.fields[i] or '' end
  for i, each in ipairs(parts) do parts[i] = #each .. ':' .. each end
  return redis.sha1hex(table.concat(parts))
end
