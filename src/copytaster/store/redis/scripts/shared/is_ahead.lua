-- Returns whether a due time, or the end of a lease, is in the future. One beyond the horizon comes from a clock that was
-- set back. See `is_ahead` in model/work.py.
local function is_ahead(moment, now, horizon)
  return tonumber(moment) > tonumber(now) and tonumber(moment) <= tonumber(horizon)
end
