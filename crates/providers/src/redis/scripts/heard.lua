-- ARGV: who has changed something, milliseconds for which a claim holds
-- answers 1 when somebody else may still hold a claim, and makes it the last that they hold
local last = redis.call('HGET', KEYS[1], 'last')
if last and string.sub(last, 1, #ARGV[1] + 1) == ARGV[1] .. ':' then
  return 0
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if last == 'all' then
  local since = now - (redis.call('HGET', KEYS[1], 'since') or now)
  if since >= tonumber(ARGV[2]) then
    return 0
  end
  if since >= 0 then
    return 1
  end
end
redis.call('HSET', KEYS[1], 'last', 'all', 'since', now)
redis.call('PEXPIRE', KEYS[1], 3600000)
return 1
