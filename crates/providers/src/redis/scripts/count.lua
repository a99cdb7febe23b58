-- ARGV: by how much, milliseconds that a new counter stays (0: for ever)
local found = redis.call('GET', KEYS[1])
local first = found and string.sub(found, 1, 1)
if first == 'V' then
  return redis.error_reply('WRONGTYPE not a counter')
end
if first == 'L' then
  redis.call('DEL', KEYS[1])
  found = false
end
local counted = redis.pcall('INCRBY', KEYS[1], ARGV[1])
if type(counted) == 'table' and counted.err then
  return false
end
if not found and ARGV[2] ~= '0' then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
-- as text: a number of this language does not hold 64 bits
return redis.call('GET', KEYS[1])
