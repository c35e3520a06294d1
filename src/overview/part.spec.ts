import { describe, expect, it } from '@jest/globals';
import { LogtoRefusal, UpstreamFault } from '../core/faults.js';
import { toPart } from './part.js';

describe('a part of an aggregate', () => {
  it('has a value', async () => {
    expect(await toPart(Promise.resolve(1))).toEqual({ value: 1 });
  });

  it.each([new UpstreamFault('upstream.timeout', 'x'), new LogtoRefusal(422, 'entity.x', 'x')])(
    'has an upstream failure: %s',
    async (failure) => {
      expect(await toPart(Promise.reject(failure))).toEqual({ failure });
    },
  );

  it('does not catch other errors', async () => {
    await expect(toPart(Promise.reject(new TypeError('ours')))).rejects.toThrow('ours');
  });
});
