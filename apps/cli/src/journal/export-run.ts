import { exportAnswers, exportRun } from 'kilostep'
import { exitCode } from '../exit-code.ts'
import type { Io } from '../io.ts'
import { openLines, requireWritable } from '../run/output-files.ts'
import { openJournal, openLog } from './open-journal.ts'

export interface ExportOptions {
  readonly journal: string
  readonly answers?: boolean
  readonly output?: string
}

/** Writes what a journal holds of a run as JSON Lines. Returns the exit code. */
export async function exported(run: string, options: ExportOptions, io: Io): Promise<number> {
  const { output } = options
  const journal = openJournal(options.journal, io.folder)
  try {
    requireWritable({ '--journal': options.journal, '--output': output }, [], io.folder)
    await openLog(journal, run)
    const lines = options.answers ? exportAnswers(journal, run) : exportRun(journal, run)
    if (output === undefined) {
      for await (const line of lines) io.stdout.write(`${JSON.stringify(line)}\n`)
      return exitCode.succeeded
    }
    const file = openLines(output, io.folder)
    for await (const line of lines) file.add(line)
    file.flush()
    if (file.problem === undefined) return exitCode.succeeded
    io.stderr.write(`kilostep: ${file.problem}\n`)
    return exitCode.failed
  } finally {
    await journal.close?.()
  }
}
