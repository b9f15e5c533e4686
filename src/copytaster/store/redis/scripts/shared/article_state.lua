-- Needs shared/pieces.lua and shared/only_version.lua.
-- Returns what identifies the state of an article: of the current version, its labels, the copies, and what people have
-- decided; an empty string if there is no article. ``changes`` counts their changes, also those in other slots.
local function article_state(article, links)
  local head = {'shown', 'count', 'accepted', 'release', 'changes', ONLY}
  local stored = read_version(article, '1', head)
  local only = stored.fields[6]
  local shown = version_count(stored.fields[1], only)
  if not shown then return '' end
  if shown ~= '1' then stored = read_version(article, shown, head) end
  local parts = {stored.document or '', stored.tagging or '', tostring(redis.call('HLEN', links))}
  -- One form of the only version becomes the other one without a change of the article.
  if only then stored.fields[1], stored.fields[2] = '1', '1' end
  for i = 1, #head - 1 do parts[#parts + 1] = stored.fields[i] or '' end
  for i, each in ipairs(parts) do parts[i] = #each .. ':' .. each end
  return redis.sha1hex(table.concat(parts))
end
