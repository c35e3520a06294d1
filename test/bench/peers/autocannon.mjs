// The load generator if wrk is not installed: takes the request of load.ts as JSON and prints the result as JSON.
import autocannon from 'autocannon';

const { url, connections, seconds, headers, method = 'GET', body, paths, rate } = JSON.parse(process.argv[2]);
const result = await autocannon({
  url,
  connections,
  duration: seconds,
  headers,
  method,
  body,
  ...(rate && { overallRate: rate }),
  requests: paths.map((path) => ({ path })),
});
process.stdout.write(
  JSON.stringify({
    requests: result.requests.total,
    seconds: result.duration,
    bytes: result.throughput.total,
    failures: result.errors + result.timeouts + result['4xx'] + result['5xx'],
    p50Ms: result.latency.p50,
    p99Ms: result.latency.p99,
  }),
);
