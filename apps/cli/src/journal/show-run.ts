import { emptyState, evolve, reportText, runReport } from '@kilostep/core'
import { useColor } from '../color.ts'
import { exitCode } from '../exit-code.ts'
import type { Io } from '../io.ts'
import { requireWritable } from '../run/output-files.ts'
import { type PageFlags, pageFiles, writePages } from '../run/report-pages.ts'
import { openJournal, openLog } from './open-journal.ts'

export interface ShowOptions extends PageFlags {
  readonly journal: string
  readonly json?: boolean
}

/** Shows the report of a run as its journal stands, also while it goes on. Returns the exit code. */
export async function showRun(run: string, options: ShowOptions, io: Io): Promise<number> {
  const journal = openJournal(options.journal, io.folder)
  try {
    requireWritable({ '--journal': options.journal, ...pageFiles(options) }, [], io.folder)
    const log = await openLog(journal, run)
    const state = emptyState()
    for await (const event of log.read(0)) evolve(state, event)
    const report = runReport(state)
    const { stdout, env } = io
    if (options.json) stdout.write(`${JSON.stringify(report, null, 2)}\n`)
    else stdout.write(reportText(report, { color: useColor(stdout, env), width: stdout.columns }))
    const problems = writePages(report, options, io).filter((one) => one !== undefined)
    for (const problem of problems) io.stderr.write(`kilostep: ${problem}\n`)
    return problems.length === 0 ? exitCode.succeeded : exitCode.failed
  } finally {
    await journal.close?.()
  }
}
