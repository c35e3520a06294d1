/** Decides what tests leave to chance. A test that fails prints it, and `TEST_SEED` sets it. */
export const seed = Number(process.env['TEST_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

/** Mulberry32: numbers from 0 to 1 that look random, and are the same for the same seed. */
const numbersOf = (start: number) => {
  let state = start;
  return (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

let next = numbersOf(seed);

/** The next number from 0 to 1, for tests inside `seeded`. */
export const random = (): number => next();

/** Wraps a test that calls `random`. Its numbers do not depend on which tests ran before it, and its failure names the seed. */
export const seeded =
  <Args extends readonly unknown[]>(test: (...args: Args) => Promise<void>) =>
  async (...args: Args): Promise<void> => {
    next = numbersOf(seed);
    try {
      await test(...args);
    } catch (cause) {
      throw new Error(`failed with TEST_SEED=${seed}`, { cause });
    }
  };
