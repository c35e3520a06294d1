/** One kind of answer about one organization, and how it is asked for and changed. */
export interface Question {
  /** Reads per second, of all replicas together. */
  readonly reads: number;
  /** Writes per second that make it untrue. */
  readonly writes: number;
  /** How long it is believed, in seconds. */
  readonly freshS: number;
}

/** How long a remembered answer lives on the average: until it is too old or written, whichever comes first. */
const meanLife = ({ writes, freshS }: Question): number =>
  writes === 0 ? freshS : (1 - Math.exp(-writes * freshS)) / writes;

/** How often one cache asks: it lives, it ends, and the next who reads asks again. */
const fillsOfOne = (question: Question): number =>
  question.reads === 0 ? 0 : 1 / (meanLife(question) + 1 / question.reads);

/** Calls to Logto per second when every replica remembers for itself. */
export const fillsAlone = (question: Question, replicas: number): number =>
  replicas * fillsOfOne({ ...question, reads: question.reads / replicas });

/** Calls to Logto per second when replicas share what they know: as if there were one. */
export const fillsShared = (question: Question): number => fillsOfOne(question);

/** How often a replica's own memory has not got it although all replicas together have: at most once a life, if it is read at all. */
export const looksShared = (question: Question, replicas: number): number => {
  const ofOneReplica = question.reads / replicas;
  const cycle = 1 / fillsShared(question);
  return (replicas * (1 - Math.exp(-ofOneReplica * cycle))) / cycle;
};

/** A repeatable source of numbers from 0 to 1 (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The same by playing it: reads and writes at random moments, caches that remember and forget. It checks the formulas. */
export function playFills(question: Question, caches: number, seconds: number, seed = 1): number {
  const random = randomOf(seed);
  const goodUntil = Array.from({ length: caches }, () => -Infinity);
  const all = question.reads + question.writes;
  let now = 0;
  let fills = 0;
  while (now < seconds) {
    now += -Math.log(1 - random()) / all;
    if (random() * all < question.writes) goodUntil.fill(-Infinity);
    else {
      const cache = Math.floor(random() * caches);
      if ((goodUntil[cache] ?? 0) > now) continue;
      fills += 1;
      goodUntil[cache] = now + question.freshS;
    }
  }
  return fills / seconds;
}
