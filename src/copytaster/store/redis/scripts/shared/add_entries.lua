-- Adds the arguments from `first` to `last` to the index of deliveries.
local function add_entries(index, first, last)
  -- In parts: a script cannot pass more than some thousand arguments to a command.
  for start = first, last, 500 do
    local members = {}
    for i = start, math.min(start + 499, last) do
      members[#members + 1] = 0
      members[#members + 1] = ARGV[i]
    end
    redis.call('ZADD', index, unpack(members))
  end
end
