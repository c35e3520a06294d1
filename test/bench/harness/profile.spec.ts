import { sharesOf } from './profile.js';

const node = (id: number, functionName: string, url: string) => ({ id, callFrame: { functionName, url } });

describe('the table of a CPU profile', () => {
  const profile = {
    nodes: [
      node(1, '(idle)', ''),
      node(2, 'next', 'file:///app/node_modules/router/index.js'),
      node(3, 'reply', 'file:///app/node_modules/@nestjs/core/router.js'),
      node(4, 'send', 'file:///app/dist/http/send.js'),
      node(5, 'writev', ''),
    ],
    samples: [2, 1, 2, 3, 4, 5],
    timeDeltas: [10_000, 500, 400, 300, 200, 100],
  };

  it('names packages, our own folders and parts of Node, and leaves out start-up and idling', () => {
    expect(sharesOf(profile, 10.2)).toEqual([
      ['router', 0.4],
      ['@nestjs/core', 0.3],
      ['src/http', 0.2],
      ['Node: writing to sockets and files', 0.1],
    ]);
  });
});
