import { counted, duration, quote } from '@kilostep/core'
import type { Run } from 'kilostep'
import { exitCode } from '../exit-code.ts'
import type { Io } from '../io.ts'
import type { RunFlags } from './options.ts'

type Signal = 'SIGINT' | 'SIGTERM'

export const signalCodes = { SIGINT: exitCode.interrupted, SIGTERM: 143 } as const
const graceMs = 10_000

/**
 * The first Ctrl-C cancels the run, which then reports; the second ends the process at once. With a journal the first
 * one lets what is in flight end and leaves the rest for later: whoever wrote the run down wants to go on with it.
 */
export function heedInterrupts(
  run: Run,
  plan: string | undefined,
  flags: RunFlags,
  io: Io,
  beforeEnd: () => void,
): { end(): Signal | undefined } {
  let first: Signal | undefined
  const end = io.onInterrupt((signal) => {
    if (first !== undefined) {
      beforeEnd()
      if (flags.journal !== undefined) io.stderr.write(resumeText(run, plan, flags))
      io.exitNow(signalCodes[first])
      return
    }
    first = signal
    if (flags.journal === undefined) {
      io.stderr.write('\nStopping: attempts in flight are told to. Ctrl-C again ends at once.\n')
      run.cancel(signal === 'SIGINT' ? 'Interrupted with Ctrl-C.' : 'Asked to end with SIGTERM.')
      return
    }
    const grace = flags.grace ?? graceMs
    const count = run.inFlight().length
    if (count > 0) {
      const have = `${counted(count, 'attempt')} in flight ${count === 1 ? 'has' : 'have'} ${duration(grace)} to end`
      io.stderr.write(`\nNothing further starts; ${have}. Ctrl-C again stops at once.\n`)
    }
    void run.drain({ graceMs: grace })
  })
  return {
    end() {
      end()
      return first
    },
  }
}

/** How to go on with a run that was left. */
export function resumeText(run: Run, plan: string | undefined, flags: RunFlags): string {
  const file = plan === undefined || plan === '-' ? '' : ` ${quote(plan)}`
  const commands = flags.allowCommands ? ' --allow-commands' : ''
  const slots = flags.concurrency === undefined ? '' : ` --concurrency ${flags.concurrency}`
  return `\nInterrupted. Go on with: kilostep resume ${quote(run.id)}${file} --journal ${quote(flags.journal ?? '')}${commands}${slots}\n`
}
