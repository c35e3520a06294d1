import { describe, expect, it } from '@jest/globals';
import { LogtoRefusal, UpstreamFault } from '../upstream/upstream-fault.js';
import { settle } from './part.js';

describe('a part of an aggregate', () => {
  it('is its value when it is there', async () => {
    expect(await settle(Promise.resolve(1))).toEqual({ value: 1 });
  });

  it.each([new UpstreamFault('upstream.timeout', 'x'), new LogtoRefusal(422, 'entity.x', 'x')])(
    'is missing for a reason behind us: %s',
    async (failure) => {
      expect(await settle(Promise.reject(failure))).toEqual({ failure });
    },
  );

  it('is not missing but broken when the fault is our own', async () => {
    await expect(settle(Promise.reject(new TypeError('ours')))).rejects.toThrow('ours');
  });
});
