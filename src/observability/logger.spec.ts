import { Writable } from 'node:stream';
import { contextOf } from '../../test/support/request-context.js';
import { describe, expect, it } from '@jest/globals';
import { withRequestContext } from '../context/request-context.js';
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

  it('scrubs messages and fields alike, and the line stays JSON', () => {
    const { logger, lines, read } = logging();
    logger.info(
      { deep: { who: 'ada@fernweh.example.test' }, headers: { authorization: 'Bearer abc' } },
      'for ada@fernweh.example.test',
    );
    expect(lines.join()).not.toMatch(/ada@|abc/);
    expect(read()).toHaveLength(1);
  });

  it('is silent below its level', () => {
    const { logger, lines } = logging('warn');
    logger.info('no');
    expect(lines).toEqual([]);
  });
});

describe('Nest’s logger', () => {
  it('names the request a line belongs to, and none outside of one', () => {
    const { logger, read } = logging();
    const nest = new NestLogger(logger);
    withRequestContext(context, () => nest.warn('inside', 'Problem'));
    nest.warn('outside', 'Problem');
    expect(read().map(({ requestId }) => requestId)).toEqual(['request-1', undefined]);
  });

  it('writes what Nest says at the level it means, with who says it', () => {
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
