import { Writable } from 'node:stream';
import { contextOf } from '../../test/support/request-context.js';
import { describe, expect, it } from '@jest/globals';
import { withRequestContext } from '../core/request-context.js';
import { createLogger } from './logger.js';
import { NestLogger } from './nest-logger.js';

const logging = (level: Parameters<typeof createLogger>[0] = 'info') => {
  const lines: string[] = [];
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(...chunk.toString().split('\n').filter(Boolean));
      done();
    },
  });
  return {
    logger: createLogger(level, sink),
    lines,
    read: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>),
  };
};
const context = contextOf();

describe('logger', () => {
  it('writes JSON lines with level and time', () => {
    const { logger, read } = logging();
    logger.warn({ answer: 42 }, 'careful');
    expect(read()).toMatchObject([
      { level: 'warn', msg: 'careful', answer: 42, time: expect.stringMatching(/^\d{4}-.*Z$/) },
    ]);
  });

  it('scrubs messages and fields, and the line is still JSON', () => {
    const { logger, lines, read } = logging();
    logger.info(
      { deep: { who: 'ada@fernweh.example.test' }, headers: { authorization: 'Bearer abc' } },
      'for ada@fernweh.example.test',
    );
    expect(lines.join()).not.toMatch(/ada@|abc/);
    expect(read()).toHaveLength(1);
  });

  it('writes nothing below its level', () => {
    const { logger, lines } = logging('warn');
    logger.info('no');
    expect(lines).toEqual([]);
  });
});

describe('Nest’s logger', () => {
  it('adds the request id to a line within a request, and none to others', () => {
    const { logger, read } = logging();
    const nest = new NestLogger(logger);
    withRequestContext(context, () => nest.warn('inside', 'Problem'));
    nest.warn('outside', 'Problem');
    expect(read().map(({ requestId }) => requestId)).toEqual(['request-1', undefined]);
  });

  it('maps Nest’s levels and writes the context and details', () => {
    const { logger, read } = logging('trace');
    const nest = new NestLogger(logger);
    nest.error('broken', 'at stack:1', 'Upstream');
    nest.warn('careful', 'Upstream');
    nest.log('started', 'NestFactory');
    nest.verbose('details', 'X');
    expect(read()).toMatchObject([
      { level: 'error', msg: 'broken', context: 'Upstream', details: ['at stack:1'] },
      { level: 'warn', msg: 'careful', context: 'Upstream' },
      { level: 'debug', msg: 'started', context: 'NestFactory' },
      { level: 'trace', msg: 'details' },
    ]);
  });
});
