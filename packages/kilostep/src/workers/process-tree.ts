import { spawn } from 'node:child_process'

/** Windows has no process groups and no SIGTERM; trees are ended with taskkill there. */
export const onWindows = process.platform === 'win32'

const deadly = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
/** The leaders of the process trees that must not outlive this process. */
const trees = new Set<number>()

/**
 * Ends a process and what it has started. On POSIX the process must have been spawned `detached`, which makes it the
 * leader of a group of its own; what leaves that group (setsid) is out of reach.
 */
export function endTree(leader: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  if (onWindows) {
    const options = { stdio: 'ignore', windowsHide: true, detached: true } as const
    const ending = spawn('taskkill', ['/pid', String(leader), '/t', '/f'], options)
    // There is nothing left to try; the process is told to end as every process is.
    ending.on('error', () => endOne(leader, signal))
    ending.unref()
  } else endOne(-leader, signal)
}

/** Sees to it that the tree ends with this process, whether that ends by itself or by a signal. */
export function guardTree(leader: number): void {
  if (trees.size === 0) {
    process.on('exit', endAll)
    for (const signal of deadly) process.on(signal, onSignal)
  }
  trees.add(leader)
}

export function releaseTree(leader: number): void {
  if (!trees.delete(leader) || trees.size > 0) return
  process.off('exit', endAll)
  for (const signal of deadly) process.off(signal, onSignal)
}

function endAll(): void {
  for (const leader of trees) endTree(leader, 'SIGKILL')
}

/** A group of its own does not get the terminal's Ctrl-C, and a signal that is not handled skips `exit`. */
function onSignal(signal: NodeJS.Signals): void {
  // Whoever else listens has a plan of their own, such as to cancel the run first.
  if (process.listenerCount(signal) > 1) return
  endAll()
  for (const one of deadly) process.off(one, onSignal)
  process.kill(process.pid, signal)
}

function endOne(pid: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It has ended already, or all that is left of it are zombies (EPERM on macOS).
  }
}
