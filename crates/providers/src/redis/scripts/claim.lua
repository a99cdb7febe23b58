-- ARGV: the claim (who, a colon, which of their claims), who, milliseconds after which who says nothing is gone
-- answers: whose claim was the last, or 'all', or nothing; whether nobody else is there
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local fields = redis.call('HGETALL', KEYS[1])
local last, others = '', false
for at = 1, #fields, 2 do
  local field, value = fields[at], fields[at + 1]
  if field == 'last' then
    last = value
  elseif field ~= 'since' and field ~= ARGV[2] then
    local silent = now - value
    if silent > tonumber(ARGV[3]) then
      redis.call('HDEL', KEYS[1], field)
    else
      others = true
      -- the clock was put back: it is counted from now
      if silent < 0 then
        redis.call('HSET', KEYS[1], field, now)
      end
    end
  end
end
redis.call('HSET', KEYS[1], ARGV[2], now)
if not others then
  redis.call('HSET', KEYS[1], 'last', ARGV[1])
elseif last ~= 'all' then
  redis.call('HSET', KEYS[1], 'last', 'all', 'since', now)
end
redis.call('PEXPIRE', KEYS[1], 3600000)
return {last, others and 0 or 1}
