-- For wrk (support/wrk.ts): opens connections two at a time, compares answers, and says what it counted as JSON.
--
-- QEMU's user network lets one connection wait until it is taken. Where 32 come at once, Linux drops what most of them send,
-- and they try again after 1, 3, 7 … seconds, even if nobody listens.

local ffi = require("ffi")
ffi.cdef("int poll(void *files, unsigned long count, int milliseconds);")

local threads = {}

-- Called before each thread starts and connects.
function setup(thread)
  table.insert(threads, thread)
  ffi.C.poll(nil, 0, 20)
end

-- Globals are a thread's own.
wrong = 0

-- With a body given, every answer must be a 200 that has it. Without one, wrk looks at no more than it must.
function init(arguments)
  local expected = arguments[1]
  if not expected then return end
  function response(status, headers, body)
    if status ~= 200 or body ~= expected then wrong = wrong + 1 end
  end
end

function done(summary, latency, requests)
  local all = 0
  for _, thread in ipairs(threads) do all = all + thread:get("wrong") end
  local errors = summary.errors
  local form = '{"requests":%d,"seconds":%.6f,"p50Us":%d,"p99Us":%d,"wrong":%d,"errors":{"connect":%d,"read":%d,"write":%d,"status":%d,"timeout":%d}}\n'
  io.write(form:format(summary.requests, summary.duration / 1e6, latency:percentile(50), latency:percentile(99), all,
    errors.connect, errors.read, errors.write, errors.status, errors.timeout))
end
