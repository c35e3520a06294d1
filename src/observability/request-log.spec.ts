import { createLogger } from './logger.js';
import { requestLogger, type ServedRequest } from './request-log.js';

const served = (more: Partial<ServedRequest> = {}): ServedRequest => ({
  requestId: 'request-1',
  method: 'GET',
  path: '/api/organizations/x',
  status: 200,
  durationMs: 3.4,
  caller: undefined,
  upstreamCalls: 1,
  isAborted: false,
  ...more,
});

function logging(readsEvery: number) {
  const lines: Record<string, unknown>[] = [];
  const log = requestLogger(
    createLogger('info', { write: (line) => lines.push(JSON.parse(line) as Record<string, unknown>) }),
    readsEvery,
  );
  return { log, lines };
}

describe('the request log', () => {
  it('says what was asked, and what became of it', () => {
    const { log, lines } = logging(1);
    log(served());
    expect(lines).toMatchObject([
      {
        requestId: 'request-1',
        req: { method: 'GET', path: '/api/organizations/x' },
        res: { status: 200 },
        responseTime: 3,
        upstreamCalls: 1,
        msg: 'GET 200',
      },
    ]);
    expect(lines[0]).not.toHaveProperty('aborted');
  });

  it('takes one of so many successful reads, and every write and every failure', () => {
    const { log, lines } = logging(10);
    for (let turn = 0; turn < 20; turn += 1) log(served());
    expect(lines).toHaveLength(2);
    log(served({ method: 'POST', status: 201 }));
    log(served({ status: 404 }));
    log(served({ status: 503 }));
    expect(lines.slice(2).map(({ msg, level }) => [msg, level])).toEqual([
      ['POST 201', 'info'],
      ['GET 404', 'info'],
      ['GET 503', 'error'],
    ]);
  });

  it('says that the client disconnected before it had the whole answer', () => {
    const { log, lines } = logging(1);
    log(served({ isAborted: true }));
    expect(lines).toMatchObject([{ aborted: true }]);
  });

  it('has no line for probes', () => {
    const { log, lines } = logging(1);
    log(served({ path: '/health/ready' }));
    log(served({ path: '/metrics' }));
    expect(lines).toEqual([]);
  });
});
