import { fork } from 'node:child_process'
import type { Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { errorTail } from './error-tail.ts'
import { inheritedArguments } from './inherited-arguments.ts'
import { insideUrl, type OpenChannel } from './isolate-channel.ts'
import type { FromIsolate } from './isolate-messages.ts'
import { endTree, guardTree, onWindows, releaseTree } from './process-tree.ts'

const keptErrorBytes = 16_384
/** How long what the process leaves behind may hold its output open, in ms. */
const leftoverMs = 1_000

/** A process with memory and a fate of its own: starts in some 60 ms, may run out of memory or crash. */
export const openProcess: OpenChannel = (listener) => {
  const child = fork(fileURLToPath(insideUrl), [], {
    serialization: 'advanced',
    // A group of its own, so that what the module has started ends with it.
    detached: !onWindows,
    execArgv: inheritedArguments(),
    // Standard output belongs to the host, which may write a document to it.
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  const { pid } = child
  let stderr = Buffer.alloc(0)
  let gone = false
  const die = (why: string): void => {
    if (gone) return
    gone = true
    if (pid !== undefined) releaseTree(pid)
    listener.died(why)
  }
  child.on('error', (error: NodeJS.ErrnoException) => {
    if (pid === undefined) die(`It could not be started (${error.code}).`)
  })
  if (pid !== undefined) guardTree(pid)
  child.on('message', (message: FromIsolate) => listener.message(message))
  child.stdout?.on('data', (chunk: Buffer) => process.stderr.write(chunk))
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr = Buffer.concat([stderr, chunk]).subarray(-keptErrorBytes)
    process.stderr.write(chunk)
  })
  child.on('exit', (code, signal) => {
    if (pid !== undefined && !onWindows) endTree(pid, 'SIGKILL')
    const why = (): void => {
      const tail = errorTail(stderr)
      die(
        `${signal === null ? `It exited with code ${code}` : `It was ended by ${signal}`}${tail && `: ${tail}`}`,
      )
    }
    const timer = setTimeout(why, leftoverMs)
    child.on('close', () => {
      clearTimeout(timer)
      why()
    })
  })
  const hold = (held: boolean): void => {
    const parts = [child, child.channel, child.stdout as Socket | null, child.stderr as Socket | null]
    for (const part of parts) {
      if (held) part?.ref()
      else part?.unref()
    }
  }
  hold(false)
  return {
    // A process that has gone is told of by `exit`.
    post: (message) => void child.send(message, () => undefined),
    hold,
    end: () => {
      if (pid !== undefined) endTree(pid, 'SIGKILL')
    },
  }
}
