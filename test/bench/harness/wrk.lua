-- Arguments after `--`: method=POST body=… count=1000 (fills {n} of the path) delay=10 (mean milliseconds of thinking time).
local options = {}
local requests = {}
local turn = 0

function init(args)
  for _, arg in ipairs(args) do
    local name, value = arg:match('^(%w+)=(.*)$')
    if name then options[name] = value end
  end
  for n = 1, tonumber(options.count or 1) do
    local path = options.path:gsub('{n}', string.format('%06d', n))
    requests[n] = wrk.format(options.method, path, nil, options.body)
  end
  if options.delay then
    local longest = 2 * tonumber(options.delay)
    function delay() return math.random(0, longest) end
  end
end

function request()
  turn = turn % #requests + 1
  return requests[turn]
end

function done(summary, latency)
  local e = summary.errors
  io.write(string.format('\n{"requests":%d,"seconds":%f,"bytes":%d,"failures":%d,"p50Ms":%f,"p99Ms":%f}\n',
    summary.requests, summary.duration / 1e6, summary.bytes,
    e.connect + e.read + e.write + e.status + e.timeout, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
