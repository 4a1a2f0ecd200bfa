-- For wrk: sends the requests of a file in order, once or over and over, and prints what came of them as JSON.
-- In the file each request is a line with its length in bytes, then its bytes.
local ffi = require("ffi")
ffi.cdef("typedef struct { long seconds; long microseconds; } moment; int gettimeofday(moment *now, void *zone);")
local moment, threads = ffi.new("moment"), {}

local function now()
    ffi.C.gettimeofday(moment, nil)
    return tonumber(moment.seconds) + tonumber(moment.microseconds) / 1e6
end

function setup(thread)
    table.insert(threads, thread)
end

function init(arguments)
    sent, asked, statuses, requests, begun, ended = 0, 0, {}, {}, now(), now()
    local file = assert(io.open(arguments[1], "rb"))
    for length in file:lines() do
        table.insert(requests, file:read(tonumber(length)))
    end
    file:close()
    if arguments[2] == "once" then
        -- wrk asks before each request how many milliseconds to wait: after the last, for ever
        function delay()
            asked = asked + 1
            return asked < #requests and 0 or 3600000
        end
    end
end

function request()
    if sent == 1 then begun = now() end -- the first is one that wrk only looks at
    sent = sent + 1
    return requests[(sent - 1) % #requests + 1]
end

function response(status)
    statuses[status] = (statuses[status] or 0) + 1
    ended = now()
end

function done(summary, latency)
    local counted, began, finished = {}, math.huge, 0
    for _, thread in ipairs(threads) do
        began, finished = math.min(began, thread:get("begun")), math.max(finished, thread:get("ended"))
        for status, count in pairs(thread:get("statuses")) do
            counted[status] = (counted[status] or 0) + count
        end
    end
    local pairs_of_json = {}
    for status, count in pairs(counted) do
        table.insert(pairs_of_json, string.format('"%d":%d', status, count))
    end
    local broken = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout
    print(string.format(
        'RESULT {"requests":%d,"seconds":%.6f,"p50":%d,"p99":%d,"broken":%d,"statuses":{%s}}',
        summary.requests, finished - began, latency:percentile(50), latency:percentile(99), broken,
        table.concat(pairs_of_json, ",")
    ))
end
