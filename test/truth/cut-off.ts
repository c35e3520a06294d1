import type { TcpProxy } from '../support/tcp-proxy.js';
import type { Excuse } from './history.js';
import type { Phase, Scene } from './phase.js';
import { inRounds } from './rounds.js';

/** So long a replica believes what it remembers while Redis cannot tell it what others write. */
const ALONE_MS = 1000;

/** One replica cannot reach Redis, the others can. */
export function cutOffPhases(redisUrls: () => string[], wires: () => readonly TcpProxy[]): Phase[] {
  const cut = (scene: Scene, how: (wire: TcpProxy) => void, isRefusing = false): Promise<void> => {
    const [wire] = wires() as [TcpProxy];
    return inRounds(scene, async () => {
      await scene.quiet.remember();
      const cutAt = performance.now();
      const excuse: Excuse = (read, write) => {
        if (read.replica === 0) return read.beganAt - write.answeredAt <= ALONE_MS;
        return !isRefusing && write.replica === 0 && write.answeredAt >= cutAt;
      };
      await scene.excused(async () => {
        how(wire);
        try {
          await scene.quiet.write();
          await scene.load.more(scene.scale.operations / scene.scale.rounds / 4);
          await scene.quiet.read();
        } finally {
          wire.heal();
        }
      }, excuse);
      await scene.quiet.read();
    });
  };
  return [
    {
      name: 'one replica cut off from Redis: connections refused',
      redisUrls,
      trouble: (scene) => cut(scene, (wire) => wire.refuse()),
    },
    {
      name: 'one replica cut off from Redis: connections silent',
      redisUrls,
      trouble: (scene) => cut(scene, (wire) => wire.hold()),
    },
    {
      name: 'one replica cut off from Redis: writes refused there',
      redisUrls,
      env: { WRITES_WITHOUT_REDIS: 'refuse' },
      trouble: (scene) => cut(scene, (wire) => wire.refuse(), true),
    },
  ];
}
