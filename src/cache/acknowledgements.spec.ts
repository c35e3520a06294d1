import { beforeEach, describe, expect, it } from '@jest/globals';
import { Acknowledgements } from './acknowledgements.js';

describe('acknowledgements', () => {
  let acknowledgements: Acknowledgements;
  beforeEach(() => {
    acknowledgements = new Acknowledgements(30);
  });

  it('are complete when as many came as were told, each once', async () => {
    const complete = acknowledgements.expect('1').from(2);
    let isOver = false;
    void complete.then(() => (isOver = true));
    acknowledgements.note('1', 'a');
    acknowledgements.note('1', 'a');
    acknowledgements.note('other', 'b');
    await Promise.resolve();
    expect(isOver).toBe(false);
    acknowledgements.note('1', 'b');
    expect(await complete).toBe(true);
  });

  it('count when they came before it was known how many there would be', async () => {
    const waiting = acknowledgements.expect('1');
    acknowledgements.note('1', 'a');
    acknowledgements.note('1', 'b');
    expect(await waiting.from(2)).toBe(true);
  });

  it('are complete at once when nobody was told', async () => {
    expect(await acknowledgements.expect('1').from(0)).toBe(true);
  });

  describe('of which one never comes', () => {
    beforeEach(async () => {
      acknowledgements.note('0', 'a');
      acknowledgements.note('0', 'b');
      const waiting = acknowledgements.expect('1').from(2);
      acknowledgements.note('1', 'a');
      await waiting;
    });

    it('are not waited for by the next message, which is not complete either', async () => {
      const waiting = acknowledgements.expect('2').from(2);
      acknowledgements.note('2', 'a');
      expect(await waiting).toBe(false);
    });

    it('are waited for again as soon as the silent one is heard of, however late', async () => {
      acknowledgements.note('1', 'b');
      const waiting = acknowledgements.expect('2').from(2);
      acknowledgements.note('2', 'a');
      acknowledgements.note('2', 'b');
      expect(await waiting).toBe(true);
    });
  });

  describe('of somebody who was silent and has gone since', () => {
    beforeEach(async () => {
      for (const sender of ['self', 'gone']) acknowledgements.greet(sender);
      const waiting = acknowledgements.expect('1').from(2);
      acknowledgements.note('1', 'self');
      await waiting;
    });

    it('do not make a newcomer one who is not waited for', async () => {
      acknowledgements.greet('newcomer');
      const complete = acknowledgements.expect('2').from(2);
      let isOver = false;
      void complete.then(() => (isOver = true));
      acknowledgements.note('2', 'self');
      await Promise.resolve();
      expect(isOver).toBe(false);
      acknowledgements.note('2', 'newcomer');
      expect(await complete).toBe(true);
    });

    it('are not missed once it has said farewell', async () => {
      acknowledgements.farewell('gone');
      const complete = acknowledgements.expect('2').from(1);
      acknowledgements.note('2', 'self');
      expect(await complete).toBe(true);
    });
  });

  it('of somebody who was killed are not waited for, as fewer were told', async () => {
    for (const sender of ['self', 'killed']) acknowledgements.greet(sender);
    const complete = acknowledgements.expect('1').from(1);
    acknowledgements.note('1', 'self');
    expect(await complete).toBe(true);
  });

  it('are forgotten when nobody waits any more', () => {
    acknowledgements.expect('1').end();
    expect(() => acknowledgements.note('1', 'a')).not.toThrow();
  });
});
