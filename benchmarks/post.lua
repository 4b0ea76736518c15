-- wrk: posts the file BODY; each answer must hold the text EXPECT COUNT times; prints the result as one line of JSON.
local file = io.open(os.getenv("BODY"), "rb")
wrk.body = file:read("*a")
file:close()
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"

local expected, count = os.getenv("EXPECT"), tonumber(os.getenv("COUNT"))
local threads = {}
wrong = 0

function setup(thread)
  table.insert(threads, thread)
end

function response(status, headers, body)
  local found, place = 0, 1
  while place do
    local first, last = body:find(expected, place, true)
    found = found + (first and 1 or 0)
    place = last and last + 1
  end
  if status ~= 200 or found ~= count then
    wrong = wrong + 1
  end
end

function done(summary, latency)
  local bad = 0
  for _, number in pairs(summary.errors) do
    bad = bad + number
  end
  for _, thread in ipairs(threads) do
    bad = bad + thread:get("wrong")
  end
  print(string.format('JSON{"p50_ms":%.4f,"p99_ms":%.4f,"requests":%d,"per_second":%.3f,"bad":%d}',
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, summary.requests,
    summary.requests * 1e6 / summary.duration, bad))
end
