interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string };
  }[];
  readonly samples: readonly number[];
  /** Microseconds since the previous sample. */
  readonly timeDeltas: readonly number[];
}

const PACKAGE = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//;
const OURS = /.*\/dist\/([\w-]+)\//;

/** The owner of a function: a package, one of our folders, or a part of Node. */
function ownerOf(functionName: string, url: string): string {
  const found = PACKAGE.exec(url)?.[1];
  if (found) return found;
  const ours = OURS.exec(url)?.[1];
  if (ours) return `src/${ours}`;
  if (url.startsWith('node:_http') || url.startsWith('node:internal/streams')) return 'Node: http and streams';
  if (/async_hooks/.test(url)) return 'Node: async_hooks (AsyncLocalStorage)';
  if (url.startsWith('node:')) return 'Node: the rest of its library';
  if (/^write|^readStart|^shutdown/.test(functionName)) return 'Node: writing to sockets and files';
  if (functionName === '(garbage collector)') return 'garbage collection';
  return 'V8 and native code';
}

const NOT_BUSY = new Set(['(idle)', '(root)']);

/** The share of busy time by owner, largest first. Skips the first `skipMs`, in which the program starts and is compiled. */
export function sharesOf(
  { nodes, samples, timeDeltas }: Profile,
  skipMs: number,
): readonly (readonly [string, number])[] {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const spent = new Map<string, number>();
  let at = 0;
  let busy = 0;
  for (const [index, id] of samples.entries()) {
    const delta = timeDeltas[index] ?? 0;
    const frame = frames.get(id);
    at += delta;
    if (!frame || at < skipMs * 1000 || NOT_BUSY.has(frame.functionName)) continue;
    const owner = ownerOf(frame.functionName, frame.url);
    spent.set(owner, (spent.get(owner) ?? 0) + delta);
    busy += delta;
  }
  return [...spent].map(([owner, us]) => [owner, us / busy] as const).toSorted(([, a], [, b]) => b - a);
}
