/** One of the two streams that a command writes to. */
export interface Screen {
  /** Writes a text; what nobody reads any more is dropped. */
  write(text: string): void
  /** Whether a person looks at it on a terminal. */
  readonly isTTY: boolean
  /** How many characters fit in a line; asked for anew each time, because windows change. */
  readonly columns: number
}

/** All that a command knows of the world outside, so that tests can run it in their own process. */
export interface Io {
  /** Results, and nothing else. */
  readonly stdout: Screen
  /** Progress and what goes wrong. */
  readonly stderr: Screen
  readonly env: Readonly<Record<string, string | undefined>>
  /** The folder that paths are relative to. */
  readonly folder: string
  /** All of standard input, for `-` as a file. */
  readStdin(): Promise<string>
  /** Calls back at each request to stop (Ctrl-C) until the returned function is called. */
  onInterrupt(handler: (signal: 'SIGINT' | 'SIGTERM') => void): () => void
  /** Sends what workers print to `sink` instead of standard output, until the returned function is called. */
  divertStray(sink: (text: string) => void): () => void
  /** Says how the command ended; the last call counts. */
  exitWith(code: number): void
  /** Ends the process at once, without waiting for anything. */
  exitNow(code: number): void
}
