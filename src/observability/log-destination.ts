import { type DestinationStream, pino } from 'pino';

/** Where log lines go. */
export interface LogDestination extends DestinationStream {
  /** Writes the line before it returns. */
  write(line: string): void;
  /** Writes the line within a moment, together with others: after those before it, and before those after it. */
  writeSoon(line: string): void;
}

const HELD_CHARACTERS = 32 * 1024;
const HELD_MS = 100;

/**
 * Standard output, written to synchronously (decision 33). Lines that may wait share a write: one of their own would cost a
 * read that is answered from memory as much as everything else about it.
 */
export function standardOutput(): LogDestination {
  const output = pino.destination({ dest: 1, sync: true });
  let held = '';
  let timer: NodeJS.Timeout | undefined;

  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (held === '') return;
    const lines = held;
    // What cannot be written throws: it must not come again with the next line.
    held = '';
    output.write(lines);
  };
  process.on('exit', flush);
  return {
    write(line) {
      flush();
      output.write(line);
    },
    writeSoon(line) {
      held += line;
      if (held.length >= HELD_CHARACTERS) flush();
      else timer ??= setTimeout(flush, HELD_MS).unref();
    },
  };
}
