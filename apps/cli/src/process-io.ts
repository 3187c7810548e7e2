import { readFileSync } from 'node:fs'
import type { Io, Screen } from './io.ts'

const defaultColumns = 80

/** The world of this process. */
export function processIo(): Io & { finish(): Promise<number> } {
  let code = 0
  // Whoever prints to standard output from inside a worker must not spoil the one document that is expected there.
  const direct = process.stdout.write.bind(process.stdout)
  const stdout = screenOf(process.stdout, (text, done) => direct(text, done))
  const stderr = screenOf(process.stderr, (text, done) => process.stderr.write(text, done))
  return {
    stdout: stdout.screen,
    stderr: stderr.screen,
    env: process.env,
    folder: process.cwd(),
    readStdin: async () => {
      let text = ''
      process.stdin.setEncoding('utf8')
      for await (const chunk of process.stdin) text += chunk
      return text
    },
    onInterrupt(handler) {
      const onInt = (): void => handler('SIGINT')
      const onTerm = (): void => handler('SIGTERM')
      process.on('SIGINT', onInt)
      process.on('SIGTERM', onTerm)
      return () => {
        process.off('SIGINT', onInt)
        process.off('SIGTERM', onTerm)
      }
    },
    divertStray(sink) {
      process.stdout.write = ((chunk: string | Uint8Array, encoding?: unknown, done?: unknown): boolean => {
        sink(typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8'))
        const callback = typeof encoding === 'function' ? encoding : done
        if (typeof callback === 'function') queueMicrotask(() => callback())
        return true
      }) as typeof process.stdout.write
      return () => {
        process.stdout.write = direct
      }
    },
    exitWith(next) {
      code = next
    },
    exitNow(now) {
      process.exit(now)
    },
    async finish() {
      await Promise.all([stdout.drained(), stderr.drained()])
      return code
    },
  }
}

interface Stream {
  readonly isTTY?: boolean
  readonly columns?: number
  on(event: 'error', listener: (error: NodeJS.ErrnoException) => void): unknown
}

function screenOf(
  stream: Stream,
  write: (text: string, done: () => void) => void,
): { readonly screen: Screen; drained(): Promise<void> } {
  let closed = false
  // `| head` closes the pipe when it has seen enough, and that is nobody's mistake.
  stream.on('error', () => {
    closed = true
  })
  const screen: Screen = {
    write(text) {
      if (!closed) write(text, () => undefined)
    },
    get isTTY() {
      return stream.isTTY === true
    },
    get columns() {
      return stream.columns ?? defaultColumns
    },
  }
  return {
    screen,
    drained: () => (closed ? Promise.resolve() : new Promise((resolve) => write('', () => resolve()))),
  }
}

/** The version in the package's own manifest. */
export function ownVersion(): string {
  const manifest = new URL('../package.json', import.meta.url)
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version
}
