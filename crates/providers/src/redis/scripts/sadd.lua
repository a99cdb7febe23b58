-- ARGV: members at most, milliseconds that a new set stays (0: for ever), the members
local kind = redis.call('TYPE', KEYS[1]).ok
if kind == 'string' and redis.call('GETRANGE', KEYS[1], 0, 0) == 'L' then
  redis.call('DEL', KEYS[1])
  kind = 'none'
end
if kind ~= 'none' and kind ~= 'set' then
  return redis.error_reply('WRONGTYPE not a set')
end
-- how many arguments a call takes is limited
local function each(act)
  for from = 3, #ARGV, 1000 do
    act(unpack(ARGV, from, math.min(from + 999, #ARGV)))
  end
end
local had, new, seen = redis.call('SCARD', KEYS[1]), 0, {}
for index = 3, #ARGV do
  if not seen[ARGV[index]] then
    seen[ARGV[index]] = true
    new = new + 1 - redis.call('SISMEMBER', KEYS[1], ARGV[index])
  end
end
if had + new > tonumber(ARGV[1]) then
  return -1
end
each(function(...) redis.call('SADD', KEYS[1], ...) end)
if kind == 'none' and ARGV[2] ~= '0' then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
return new
