import { describe, expect, it } from '@jest/globals';
import { Overload } from './overload.js';

const LIMIT_MS = 500;

/** An event loop under the test's control: each number is the lag of one turn in milliseconds. */
const loop = (limitMs = LIMIT_MS) => {
  const clock = { now: 0 };
  const changes: boolean[] = [];
  const overload = new Overload(
    limitMs,
    (overloaded) => changes.push(overloaded),
    () => clock.now,
  );
  const turns = (...lags: number[]) => {
    for (const ms of lags) {
      clock.now += 50 + ms;
      overload.tick();
    }
    return overload.refused;
  };
  const onTime = (ms: number) => turns(...Array<number>(ms / 50).fill(0));
  return { overload, changes, turns, onTime, clock };
};

describe('overload', () => {
  it('refuses no request while the event loop is on time', () => {
    const { overload, onTime } = loop();
    expect(onTime(60_000)).toBe(0);
    expect(overload.refuses()).toBe(false);
  });

  it('ignores a single pause of any length', () => {
    const { turns, onTime } = loop();
    onTime(1000);
    expect(turns(30_000)).toBe(0);
    expect(onTime(2000)).toBe(0);
    expect(turns(900)).toBe(0);
  });

  it('refuses every request after the second late turn, about 1.1 s after the first began', () => {
    const { overload, turns, clock } = loop();
    expect(turns(501, 501)).toBe(1);
    expect(clock.now).toBe(1102);
    expect(Array.from({ length: 1000 }, () => overload.refuses())).not.toContain(false);
  });

  it('notices late turns with quick turns in between', () => {
    const { turns } = loop();
    expect(turns(700, 0, 0, 700)).toBe(1);
  });

  it('admits requests again step by step once the loop is on time', () => {
    const { turns, onTime } = loop();
    turns(600, 600);
    expect([onTime(250), onTime(250), onTime(250), onTime(250), onTime(250)]).toEqual([0.75, 0.5, 0.25, 0, 0]);
  });

  it('refuses every request again when the loop is late during the recovery', () => {
    const { turns, onTime } = loop();
    turns(600, 600);
    expect(onTime(500)).toBe(0.5);
    expect(turns(600)).toBe(1);
  });

  it('refuses as long as the loop stays late', () => {
    const { turns } = loop();
    expect(turns(...Array<number>(100).fill(600))).toBe(1);
  });

  it('is reported once when it begins and once when it is over', () => {
    const { changes, turns, onTime } = loop();
    turns(600, 600, 600);
    onTime(500);
    turns(600);
    onTime(3000);
    expect(changes).toEqual([true, false]);
  });

  it('never refuses with a limit of 0', () => {
    const { overload } = loop(0);
    overload.start();
    expect(overload.refused).toBe(0);
  });
});
