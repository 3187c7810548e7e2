import { plainText } from '@kilostep/core'
import { exitCode } from './exit-code.ts'
import type { Io } from './io.ts'

/** Tells a person what is wrong and returns the exit code for it. A user's own mistake never shows a stack. */
export function showError(error: unknown, io: Io): number {
  const debug = (io.env['KILOSTEP_DEBUG'] ?? '') !== ''
  const mistake = error instanceof Error && error.name === 'KilostepError'
  const message = error instanceof Error ? error.message : String(error)
  io.stderr.write(`kilostep: ${plainText(message, { lines: true })}\n`)
  if (debug && error instanceof Error) io.stderr.write(`${plainText(error.stack ?? '', { lines: true })}\n`)
  else if (!mistake)
    io.stderr.write('This looks like a bug. Set KILOSTEP_DEBUG=1 to see where it happened.\n')
  return mistake && !isOwnFault(error) ? exitCode.usage : exitCode.failed
}

/** Mistakes of Kilostep or of the disk, after something was run. */
function isOwnFault(error: unknown): boolean {
  const { code } = error as { code?: string }
  return ['accounting', 'journal-failed', 'stalled', 'lost-output', 'no-plan'].includes(code ?? '')
}
