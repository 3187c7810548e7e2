import { type ChildProcess, spawn } from 'node:child_process'
import { endTree, guardTree, onWindows, releaseTree } from './process-tree.ts'

/** How long what a program leaves behind may hold its output open after it has ended, in ms. */
const leftoverMs = 1_000
const keptErrorBytes = 65_536

export interface ProgramOptions {
  readonly program: string
  readonly args: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  /** Written to its standard input; undefined: that is empty. */
  readonly stdin: string | undefined
  /** Whether its standard output is kept. */
  readonly keepOutput: boolean
  /** Ended when its output is larger than this. */
  readonly maxOutputBytes: number
  /** Arguments as they are, for a Windows shell that does its own unquoting. */
  readonly verbatim: boolean
  readonly signal: AbortSignal
  readonly graceMs: number
}

export interface ProgramEnd {
  readonly exitCode: number | null
  readonly killedBy: NodeJS.Signals | null
  readonly stdout: Buffer
  /** The last 64 KiB. */
  readonly stderr: Buffer
  readonly overLimit: boolean
}

/**
 * Runs a program in a process group of its own and resolves when the whole group has ended. When the signal is aborted
 * the group is asked to end, and made to after half the grace.
 *
 * @throws what `spawn` throws or emits: `ENOENT`, `EACCES`, `E2BIG`, …
 */
export function runProgram(options: ProgramOptions): Promise<ProgramEnd> {
  return new Promise((resolve, reject) => {
    const { signal } = options
    const child = start(options)
    const { pid } = child
    child.on('error', (error) => {
      if (pid === undefined) reject(error)
    })
    if (pid === undefined) return
    guardTree(pid)
    const output = collect(child, options.maxOutputBytes, () => endTree(pid, 'SIGKILL'))
    let hard: NodeJS.Timeout | undefined
    let leftover: NodeJS.Timeout | undefined
    const stop = (): void => {
      endTree(pid, 'SIGTERM')
      hard = setTimeout(() => endTree(pid, 'SIGKILL'), options.graceMs / 2)
    }
    signal.addEventListener('abort', stop, { once: true })
    child.once('exit', () => {
      // Its output may be held open by what it started in the background: that is not waited for long.
      const stopped = signal.aborted || output.overLimit
      leftover = setTimeout(
        () => {
          endTree(pid, 'SIGKILL')
          child.stdout?.destroy()
          child.stderr?.destroy()
        },
        stopped ? 0 : leftoverMs,
      )
    })
    child.once('close', (exitCode, killedBy) => {
      clearTimeout(hard)
      clearTimeout(leftover)
      signal.removeEventListener('abort', stop)
      // On Windows the tree cannot be found any more once its leader has gone, and its number may be another's.
      if (!onWindows) endTree(pid, 'SIGKILL')
      releaseTree(pid)
      const stdout = Buffer.concat(output.stdout)
      const stderr = Buffer.concat(output.stderr)
      resolve({ exitCode, killedBy, stdout, stderr, overLimit: output.overLimit })
    })
  })
}

function start(options: ProgramOptions): ChildProcess {
  const { program, args, cwd, env, stdin, keepOutput, verbatim } = options
  const child = spawn(program, args, {
    cwd,
    env,
    detached: !onWindows,
    windowsHide: true,
    windowsVerbatimArguments: verbatim,
    stdio: [stdin === undefined ? 'ignore' : 'pipe', keepOutput ? 'pipe' : 'ignore', 'pipe'],
  })
  // A program need not read what it is given: a closed pipe says nothing about its answer.
  child.stdin?.on('error', () => undefined)
  child.stdin?.end(stdin)
  return child
}

function collect(
  child: ChildProcess,
  maxBytes: number,
  onOver: () => void,
): { readonly stdout: Buffer[]; readonly stderr: Buffer[]; overLimit: boolean } {
  const output = { stdout: [] as Buffer[], stderr: [] as Buffer[], overLimit: false }
  let bytes = 0
  let errorBytes = 0
  child.stdout?.on('data', (chunk: Buffer) => {
    if (output.overLimit) return
    bytes += chunk.length
    output.stdout.push(chunk)
    if (bytes <= maxBytes) return
    output.overLimit = true
    output.stdout.length = 0
    onOver()
  })
  child.stderr?.on('data', (chunk: Buffer) => {
    output.stderr.push(chunk)
    errorBytes += chunk.length
    while (errorBytes - (output.stderr[0] as Buffer).length >= keptErrorBytes) {
      errorBytes -= (output.stderr.shift() as Buffer).length
    }
  })
  return output
}
