-- For wrk: sends the requests of a file one after the other, over and over, and prints what came of them as JSON.
-- In the file each request is a line with its length in bytes, then its bytes.
local threads = {}

function setup(thread)
    table.insert(threads, thread)
end

function init(arguments)
    sent, statuses, requests = 0, {}, {}
    local file = assert(io.open(arguments[1], "rb"))
    for length in file:lines() do
        table.insert(requests, file:read(tonumber(length)))
    end
    file:close()
end

function request()
    sent = sent + 1
    return requests[(sent - 1) % #requests + 1]
end

function response(status)
    statuses[status] = (statuses[status] or 0) + 1
end

function done(summary, latency)
    local counted = {}
    for _, thread in ipairs(threads) do
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
        'RESULT {"requests":%d,"microseconds":%d,"p50":%d,"p99":%d,"broken":%d,"statuses":{%s}}',
        summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), broken,
        table.concat(pairs_of_json, ",")
    ))
end
