import { beforeEach, describe, expect, it } from '@jest/globals';
import { settle } from '../../test/support/manual-clock.js';
import { Acknowledgements } from './acknowledgements.js';

describe('acknowledgements', () => {
  let acknowledgements: Acknowledgements;
  beforeEach(() => {
    acknowledgements = new Acknowledgements('self');
  });

  /** A message that so many were told. */
  const tell = (message: string, told: number) => {
    const waiting = acknowledgements.expect(message);
    const state = { isOver: false };
    void waiting.from(told).then(() => (state.isOver = true));
    return {
      ...waiting,
      isOver: async () => {
        await settle();
        return state.isOver;
      },
    };
  };
  const note = (message: string, ...senders: string[]) => {
    for (const sender of senders) acknowledgements.note(message, sender);
  };
  /** So that they are known by name. */
  const meet = (...senders: string[]) => {
    const { end } = tell('0', senders.length + 1);
    note('0', 'self', ...senders);
    end();
  };

  it('are complete when as many came as were told, each once', async () => {
    const message = tell('1', 2);
    note('1', 'self', 'self');
    note('other', 'b');
    expect(await message.isOver()).toBe(false);
    note('1', 'b');
    expect(await message.isOver()).toBe(true);
    expect(message.isComplete()).toBe(true);
  });

  it('count when they came before it was known how many there would be', async () => {
    const waiting = acknowledgements.expect('1');
    note('1', 'a', 'self');
    await waiting.from(2);
    expect(waiting.isComplete()).toBe(true);
  });

  it('are waited for until one’s own is heard, for what others said before it has come then', async () => {
    const message = tell('1', 1);
    note('1', 'a');
    expect(await message.isOver()).toBe(false);
    note('1', 'self');
    note('1', 'a');
    expect(await message.isOver()).toBe(true);
  });

  it('of somebody Redis has lost are waited for: it may not have noticed, and trust its memory', async () => {
    meet('lost');
    const message = tell('1', 1);
    note('1', 'self');
    expect(await message.isOver()).toBe(false);
    note('1', 'lost');
    expect(await message.isOver()).toBe(true);
  });

  it('of somebody who leaves are not waited for any more', async () => {
    meet('a', 'b');
    const message = tell('1', 3);
    note('1', 'self', 'a');
    expect(await message.isOver()).toBe(false);
    acknowledgements.farewell('b');
    expect(await message.isOver()).toBe(true);
  });

  it('of a newcomer are waited for, though as many were told as have acknowledged', async () => {
    meet('a');
    acknowledgements.greet('newcomer');
    const message = tell('1', 2);
    note('1', 'self', 'a');
    expect(await message.isOver()).toBe(false);
    note('1', 'newcomer');
    expect(await message.isOver()).toBe(true);
  });

  it('of who is only met after the message are waited for', async () => {
    meet('b');
    const message = tell('1', 2);
    note('1', 'self');
    acknowledgements.meet('b');
    expect(await message.isOver()).toBe(false);
    note('1', 'b');
    expect(await message.isOver()).toBe(true);
  });

  it('of who arrives after the message are not waited for, and of who arrives before it are', async () => {
    meet('a', 'b');
    const message = tell('1', 3);
    acknowledgements.greet('a');
    note('1', 'self');
    acknowledgements.greet('b');
    expect(await message.isOver()).toBe(false);
    note('1', 'a');
    expect(await message.isOver()).toBe(true);
  });

  describe('of one who was given up', () => {
    let given: ReturnType<typeof tell>;
    let meanwhile: ReturnType<typeof tell>;
    beforeEach(() => {
      meet('a', 'silent');
      given = tell('1', 3);
      note('1', 'self', 'a');
      meanwhile = tell('2', 3);
      note('2', 'self', 'a');
      given.giveUp();
    });

    it('are not waited for by what was told meanwhile either', async () => {
      expect(await given.isOver()).toBe(true);
      expect(given.isComplete()).toBe(false);
      expect(await meanwhile.isOver()).toBe(true);
    });

    it('are not waited for, though not all have acknowledged, not even when an old one comes', async () => {
      note('1', 'silent');
      const message = tell('3', 3);
      note('3', 'self', 'a');
      expect(await message.isOver()).toBe(true);
      expect(message.isComplete()).toBe(false);
    });

    it('are waited for from its arrival on', async () => {
      acknowledgements.greet('silent');
      const message = tell('3', 3);
      note('3', 'self', 'a');
      expect(await message.isOver()).toBe(false);
      note('3', 'silent');
      expect(await message.isOver()).toBe(true);
    });

    it('are waited for when its arrival may have been missed, and it is told like the others', async () => {
      acknowledgements.miss();
      const message = tell('3', 3);
      note('3', 'self', 'a');
      expect(await message.isOver()).toBe(false);
    });
  });

  describe('where some may have been missed', () => {
    it('give nobody up', async () => {
      meet('a');
      const message = tell('1', 2);
      note('1', 'self');
      acknowledgements.miss();
      message.giveUp();
      expect(await message.isOver()).toBe(false);
      const next = tell('2', 2);
      note('2', 'self');
      expect(await next.isOver()).toBe(false);
    });

    it('give nobody up either while one does not hear oneself', async () => {
      meet('a');
      tell('1', 2).giveUp();
      const next = tell('2', 2);
      note('2', 'self');
      expect(await next.isOver()).toBe(false);
    });

    it('wait for strangers by their number, until all are known', async () => {
      meet('a');
      acknowledgements.miss();
      const first = tell('1', 3);
      note('1', 'self', 'a');
      expect(await first.isOver()).toBe(false);
      note('1', 'stranger');
      expect(await first.isOver()).toBe(true);
      const second = tell('2', 2);
      note('2', 'self', 'a');
      expect(await second.isOver()).toBe(false);
      note('2', 'stranger');
      expect(await second.isOver()).toBe(true);
    });

    it('know not all by a message that one does not hear oneself', async () => {
      tell('1', 1);
      note('1', 'a');
      const next = tell('2', 3);
      note('2', 'self', 'a');
      expect(await next.isOver()).toBe(false);
    });

    it('know nobody by a message that was told before', async () => {
      const before = tell('1', 2);
      acknowledgements.miss();
      note('1', 'self', 'a');
      expect(await before.isOver()).toBe(true);
      const next = tell('2', 3);
      note('2', 'self', 'a');
      expect(await next.isOver()).toBe(false);
    });
  });

  it('are forgotten when nobody waits any more', () => {
    acknowledgements.expect('1').end();
    expect(() => note('1', 'a')).not.toThrow();
  });
});
