import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runCli } from '../cli.ts'
import type { Io } from '../io.ts'

/** What a command that was run in this process wrote, and how it ended. */
export interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface FakeOptions {
  readonly folder?: string
  readonly env?: Readonly<Record<string, string>>
  readonly stdin?: string
  readonly isTTY?: boolean
  readonly columns?: number
  /** Is handed a function that presses Ctrl-C. */
  readonly onStart?: (interrupt: (signal?: 'SIGINT' | 'SIGTERM') => void) => void
  /** Is handed each text that is written to standard output. */
  readonly onStdout?: (text: string) => void
  /** Sees what is written to standard error. */
  readonly onStderr?: (text: string) => void
  /** What workers print goes here, as in the real command. */
  readonly onStray?: (sink: (text: string) => void) => void
}

/** Runs the command with these arguments in this process. */
export async function ran(args: readonly string[], options: FakeOptions = {}): Promise<Ran> {
  const { folder = '.', env = {}, stdin = '', isTTY = false, columns = 80 } = options
  const written = { stdout: '', stderr: '' }
  const handlers = new Set<(signal: 'SIGINT' | 'SIGTERM') => void>()
  let code = -1
  const screen = (name: 'stdout' | 'stderr') => ({
    write: (text: string) => {
      written[name] += text
      if (name === 'stdout') options.onStdout?.(text)
      if (name === 'stderr') options.onStderr?.(text)
    },
    isTTY,
    columns,
  })
  const io: Io = {
    stdout: screen('stdout'),
    stderr: screen('stderr'),
    env,
    folder,
    readStdin: async () => stdin,
    onInterrupt(handler) {
      handlers.add(handler)
      options.onStart?.((signal = 'SIGINT') => {
        for (const one of handlers) one(signal)
      })
      return () => handlers.delete(handler)
    },
    divertStray(sink) {
      options.onStray?.(sink)
      return () => undefined
    },
    exitWith(next) {
      code = next
    },
    exitNow(now) {
      written.stderr += `exit now ${now}\n`
    },
  }
  await runCli(args, io)
  return { code, ...written }
}

/** A folder with files in it, by their names; gone when it goes out of scope. */
export function temporaryFolder(
  files: Readonly<Record<string, string>> = {},
): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'kilostep-cli-'))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text)
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}
