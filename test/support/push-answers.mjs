// A test starts this in a separate process. It pushes a million distinct replies through the memory cache and prints how much the
// process grew. Arguments: the folder of the transpiled sources, and the size of a reply in bytes.
const [, , folder, bytes] = process.argv;
const from = (file) => import(`${folder}/${file}.js`);
const [{ MemoryCache }, { MemoryStore }, { TagVersions }, { Payload }] = await Promise.all(
  ['cache/memory-cache', 'cache/memory-store', 'cache/tag-versions', 'core/payload'].map(from),
);

const KEYS = 1_000_000;
const versions = new TagVersions();
const store = new MemoryStore(64 * 1024 * 1024);
const memory = new MemoryCache(store, versions, () => 0);
const lifetime = { freshMs: 30_000, staleMs: 300_000 };
const padding = 'x'.repeat(Number(bytes));
const before = process.memoryUsage().rss;
let highest = before;

for (let key = 0; key < KEYS; key++) {
  const tags = [`organization:${key}`];
  const payload = new Payload(Buffer.from(`{"id":"${key}","name":"${padding}"}`));
  const reply = { status: 200, contentType: 'application/json', total: undefined, etag: `"${key}"`, payload };
  memory.put(`/api/organizations/${key}`, { reply, lifetime, storedAt: 0, tags, asOf: versions.asOf(tags) });
  if (key % 10_000 > 0) continue;
  highest = Math.max(highest, process.memoryUsage().rss);
  // Lets other work run, as between requests.
  await new Promise((turn) => setImmediate(turn));
}
process.stdout.write(JSON.stringify({ grownBytes: highest - before, ...store.usage }));
