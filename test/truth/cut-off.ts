import type { TcpProxy } from '../support/tcp-proxy.js';
import type { Excuse } from './history.js';
import type { Phase, PhaseContext } from './phase.js';
import { inRounds } from './rounds.js';

/** How long a replica serves cached replies while the writes of others are unknown. */
const ALONE_MS = 1000;

/** One replica cannot reach Redis, but the others can. */
export function cutOffPhases(redisUrls: () => string[], wires: () => readonly TcpProxy[]): Phase[] {
  const cut = (context: PhaseContext, how: (wire: TcpProxy) => void, isRefusing = false): Promise<void> => {
    const [wire] = wires() as [TcpProxy];
    return inRounds(context, async () => {
      await context.quiet.warmUp();
      const cutAt = performance.now();
      const excuse: Excuse = (read, write) => {
        if (read.replica === 0) return read.startedAt - write.answeredAt <= ALONE_MS;
        return !isRefusing && write.replica === 0 && write.answeredAt >= cutAt;
      };
      await context.excused(async () => {
        how(wire);
        try {
          await context.quiet.write();
          await context.load.more(context.scale.operations / context.scale.rounds / 4);
          await context.quiet.read();
        } finally {
          wire.heal();
        }
      }, excuse);
      await context.quiet.read();
    });
  };
  return [
    {
      name: 'one replica cut off from Redis: connections refused',
      redisUrls,
      fault: (context) => cut(context, (wire) => wire.refuse()),
    },
    {
      name: 'one replica cut off from Redis: connections silent',
      redisUrls,
      fault: (context) => cut(context, (wire) => wire.hold()),
    },
    {
      name: 'one replica cut off from Redis: writes refused there',
      redisUrls,
      env: { WRITES_WITHOUT_REDIS: 'refuse' },
      fault: (context) => cut(context, (wire) => wire.refuse(), true),
    },
  ];
}
