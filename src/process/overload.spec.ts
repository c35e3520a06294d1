import { describe, expect, it } from '@jest/globals';
import { Overload } from './overload.js';

const LIMIT_MS = 500;

/** A loop that comes round when the test says: each number is how late it is. */
const loop = (limitMs = LIMIT_MS) => {
  const clock = { now: 0 };
  const changes: boolean[] = [];
  const overload = new Overload(
    limitMs,
    (overloaded) => changes.push(overloaded),
    () => clock.now,
  );
  const turns = (...late: number[]) => {
    for (const ms of late) {
      clock.now += 50 + ms;
      overload.turn();
    }
    return overload.refused;
  };
  const calm = (ms: number) => turns(...Array<number>(ms / 50).fill(0));
  return { overload, changes, turns, calm, clock };
};

describe('overload', () => {
  it('refuses nothing while the loop is on time', () => {
    const { overload, calm } = loop();
    expect(calm(60_000)).toBe(0);
    expect(overload.refuses()).toBe(false);
  });

  it('forgives one pause, however long', () => {
    const { turns, calm } = loop();
    calm(1000);
    expect(turns(30_000)).toBe(0);
    expect(calm(2000)).toBe(0);
    expect(turns(900)).toBe(0);
  });

  it('refuses everything from the second late turn on, some 1.1 s after the first began', () => {
    const { overload, turns, clock } = loop();
    expect(turns(501, 501)).toBe(1);
    expect(clock.now).toBeLessThan(1200);
    expect(Array.from({ length: 1000 }, () => overload.refuses())).not.toContain(false);
  });

  it('notices lateness with quick turns in between', () => {
    const { turns } = loop();
    expect(turns(700, 0, 0, 700)).toBe(1);
  });

  it('lets requests in again bit by bit once the loop is on time', () => {
    const { turns, calm } = loop();
    turns(600, 600);
    expect([calm(250), calm(250), calm(250), calm(250), calm(250)]).toEqual([0.75, 0.5, 0.25, 0, 0]);
  });

  it('refuses everything again when the loop is late while it recovers', () => {
    const { turns, calm } = loop();
    turns(600, 600);
    expect(calm(500)).toBe(0.5);
    expect(turns(600)).toBe(1);
  });

  it('refuses as long as the loop stays late, whatever it is busy with', () => {
    const { turns } = loop();
    expect(turns(...Array<number>(100).fill(600))).toBe(1);
  });

  it('is told of once when it begins and once when it is over', () => {
    const { changes, turns, calm } = loop();
    turns(600, 600, 600);
    calm(500);
    turns(600);
    calm(3000);
    expect(changes).toEqual([true, false]);
  });

  it('never refuses with a limit of 0', () => {
    const { overload } = loop(0);
    overload.start();
    expect(overload.refused).toBe(0);
  });
});
