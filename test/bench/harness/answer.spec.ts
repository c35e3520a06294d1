import { startServer } from '../../support/far-end.js';
import { ask, isOfSize, objections } from './answer.js';

describe('the answers the benchmark counts', () => {
  it('are asked for and kept byte by byte, with their size on the wire', async () => {
    const server = await startServer((request, response) => {
      response.sendDate = false;
      response
        .writeHead(200, { etag: '"x"', 'content-length': 2, connection: 'close' })
        .end(request.method?.slice(0, 2));
    });
    const answer = await ask(server.url, { method: 'POST', body: 'x' });
    await server.close();
    expect(answer.body.toString()).toBe('PO');
    expect(answer.wireBytes).toBe(
      'HTTP/1.1 200 OK\r\netag: "x"\r\ncontent-length: 2\r\nconnection: close\r\n\r\nPO'.length,
    );
    expect(objections(answer, { status: 200, body: Buffer.from('PO'), etag: true })).toEqual([]);
  });

  it('are refused for another status, other bytes, a weak tag or whatever else must hold', () => {
    const answer = { status: 503, headers: { etag: 'W/"x"' }, body: Buffer.from('busy'), wireBytes: 100 };
    const expected = {
      status: 200,
      body: Buffer.from('organization'),
      etag: true,
      holds: (body: Buffer) => (body.length > 10 ? undefined : 'too short'),
    };
    expect(objections(answer, expected)).toEqual([
      'status 503 instead of 200',
      '4 bytes that are not the 12 expected',
      'no strong ETag, but W/"x"',
      'too short',
    ]);
  });

  it('may differ a little in size under load, but not as an error does', () => {
    expect(isOfSize(1030, 1000)).toBe(true);
    expect(isOfSize(300, 1000)).toBe(false);
    expect(isOfSize(76_000, 75_000)).toBe(true);
    expect(isOfSize(700, 75_000)).toBe(false);
  });
});
