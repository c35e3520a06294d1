/** One kind of reply about one organization, and how often it is read and written. */
export interface Question {
  /** Reads per second on all replicas together. */
  readonly reads: number;
  /** Writes per second that invalidate it. */
  readonly writes: number;
  /** Its freshness in seconds. */
  readonly freshS: number;
}

/** The average life of a cached reply: until its freshness ends or it is written, whichever comes first. */
const meanLife = ({ writes, freshS }: Question): number =>
  writes === 0 ? freshS : (1 - Math.exp(-writes * freshS)) / writes;

/** How often one cache calls Logto: the first read after the end of a life does. */
const fillsOfOne = (question: Question): number =>
  question.reads === 0 ? 0 : 1 / (meanLife(question) + 1 / question.reads);

/** Calls to Logto per second when every replica has its own cache only. */
export const fillsAlone = (question: Question, replicas: number): number =>
  replicas * fillsOfOne({ ...question, reads: question.reads / replicas });

/** Calls to Logto per second when replicas share a cache, as if there were one replica. */
export const fillsShared = (question: Question): number => fillsOfOne(question);

/** How often a replica finds a reply in the shared cache only: at most once in the life of the reply. */
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

/** Simulates reads and writes at random moments and the caches, to check the formulas. */
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
