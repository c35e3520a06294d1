import { type DestinationStream, pino } from 'pino';

/** The destination of log lines. */
export interface LogDestination extends DestinationStream {
  /** Writes the line before it returns. */
  write(line: string): void;
  /** Writes the line a moment later, together with others. All lines keep their order. */
  writeSoon(line: string): void;
}

const HELD_BYTES = 32 * 1024;
const HELD_MS = 100;

/**
 * Standard output, with synchronous writes (decision 33). Lines that may wait share a write: a separate write would cost as much
 * as everything else about a read from memory.
 */
export function standardOutput(): LogDestination {
  const output = pino.destination({
    dest: 1,
    sync: true,
    minLength: HELD_BYTES,
    maxWrite: 2 * HELD_BYTES,
    periodicFlush: HELD_MS,
    // With text, sonic-boom would measure all waiting lines again for each new one.
    contentMode: 'buffer',
  });
  const writeSoon = (line: string): void => void output.write(Buffer.from(line) as unknown as string);
  // With `sync` this writes before it returns. `flushSync` would retry on a full disk for ever.
  const flush = (): void => output.flush();
  process.on('exit', () => {
    try {
      flush();
    } catch {
      // An exception here would replace the reason for the exit.
      process.exitCode = 1;
    }
  });
  return {
    writeSoon,
    write(line) {
      writeSoon(line);
      flush();
    },
  };
}
