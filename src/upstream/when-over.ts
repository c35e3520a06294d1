/** What `work` gives, after `end` was done, whatever became of it. Like `finally`, which makes four promises instead of one. */
export const whenOver = <T>(work: Promise<T>, end: () => void): Promise<T> =>
  work.then(
    (value) => {
      end();
      return value;
    },
    (error: unknown) => {
      end();
      throw error;
    },
  );
