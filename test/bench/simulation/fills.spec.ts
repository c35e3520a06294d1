import { fillsAlone, fillsShared, looksShared, playFills, type Question } from './fills.js';

const QUESTIONS: readonly (readonly [string, Question])[] = [
  ['read often, written rarely', { reads: 20, writes: 0.01, freshS: 15 }],
  ['read rarely', { reads: 0.02, writes: 0.001, freshS: 30 }],
  ['written as often as read', { reads: 0.5, writes: 0.5, freshS: 15 }],
  ['never written', { reads: 3, writes: 0, freshS: 60 }],
];

/** Enough for a precision of two digits. */
const EVENTS = 100_000;

describe('the simulation of calls to Logto', () => {
  it.each(QUESTIONS)('%s: the formula agrees with the simulation', (_what, question) => {
    const seconds = EVENTS / (question.reads + question.writes);
    expect(playFills(question, 1, seconds) / fillsShared(question)).toBeCloseTo(1, 1);
    expect(playFills(question, 10, seconds) / fillsAlone(question, 10)).toBeCloseTo(1, 1);
  });

  it.each(QUESTIONS)(
    '%s: sharing never costs Logto more, and no cache calls Logto more often than it is read',
    (_what, question) => {
      for (const replicas of [1, 3, 100]) {
        expect(fillsShared(question)).toBeLessThanOrEqual(fillsAlone(question, replicas) * 1.000001);
        expect(fillsAlone(question, replicas)).toBeLessThanOrEqual(question.reads * 1.000001);
        expect(looksShared(question, replicas)).toBeLessThanOrEqual(question.reads * 1.000001);
      }
    },
  );
});
