import { type DestinationStream, pino } from 'pino';

/** Where log lines go. */
export interface LogDestination extends DestinationStream {
  /** Writes the line before it returns. */
  write(line: string): void;
  /** Writes the line within a moment, together with others: after those before it, and before those after it. */
  writeSoon(line: string): void;
}

const HELD_BYTES = 32 * 1024;
const HELD_MS = 100;
/** The most bytes UTF-8 takes for one UTF-16 unit. */
const MOST_BYTES = 3;

/**
 * Standard output, written to synchronously (decision 33). Lines that may wait share a write: one of their own would cost a
 * read that is answered from memory as much as everything else about it.
 */
export function standardOutput(): LogDestination {
  // Of text it would count the bytes three times. What it is given it has written when it returns, or will never write.
  const output = pino.destination({ dest: 1, sync: true, contentMode: 'buffer' });
  const put = (bytes: Buffer): void => void output.write(bytes as unknown as string);
  const held = Buffer.allocUnsafeSlow(HELD_BYTES);
  let size = 0;
  let timer: NodeJS.Timeout | undefined;

  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (size === 0) return;
    const lines = held.subarray(0, size);
    // What cannot be written throws: it must not come again with the next line.
    size = 0;
    put(lines);
  };
  const write = (line: string): void => {
    flush();
    put(Buffer.from(line));
  };
  process.on('exit', flush);
  return {
    write,
    writeSoon(line) {
      const room = line.length * MOST_BYTES;
      if (room > HELD_BYTES - size) flush();
      if (room > HELD_BYTES) {
        write(line);
        return;
      }
      size += held.write(line, size);
      timer ??= setTimeout(flush, HELD_MS).unref();
    },
  };
}
