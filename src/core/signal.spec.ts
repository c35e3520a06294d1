import { describe, expect, it } from '@jest/globals';
import { LeanSignal } from './signal.js';

describe('a lean signal', () => {
  it('calls each listener once, in the order they were added, and tells the reason', () => {
    const signal = new LeanSignal();
    const heard: string[] = [];
    signal.addEventListener('abort', () => heard.push('first'));
    signal.addEventListener('abort', () => heard.push(`second: ${String(signal.reason)}`));
    expect(signal.aborted).toBe(false);
    signal.abort('left');
    signal.abort('again');
    expect(heard).toEqual(['first', 'second: left']);
    expect([signal.aborted, signal.reason]).toEqual([true, 'left']);
  });

  it('calls neither a removed listener nor one added after it fired', () => {
    const signal = new LeanSignal();
    const heard: string[] = [];
    const other = () => heard.push('other');
    signal.addEventListener('abort', () => signal.removeEventListener('abort', other));
    signal.addEventListener('abort', other);
    signal.abort('left');
    signal.addEventListener('abort', () => heard.push('late'));
    expect(heard).toEqual([]);
  });
});
