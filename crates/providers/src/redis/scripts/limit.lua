-- ARGV: microseconds of an interval, the burst, the cost (below 0: it is given back). Answers by how many microseconds the
-- arrival is ahead, before that.
-- The rule is that of jarvis_core::policy::rate_limit, by the clock that all nodes share: this server's.
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local interval, burst, cost = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local latest = now + interval * burst
local arrival = tonumber(redis.call('GET', KEYS[1]) or now)
arrival = math.max(now, math.min(arrival, latest))
local pushed = arrival + interval * cost
if cost < 0 then
  if pushed <= now then
    redis.call('DEL', KEYS[1])
    return arrival - now
  end
end
if cost ~= 0 and pushed <= latest then
  local left = math.ceil((pushed - now) / 1000)
  redis.call('SET', KEYS[1], string.format('%.0f', pushed), 'PX', string.format('%.0f', left))
end
return arrival - now
