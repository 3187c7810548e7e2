import { createReadStream } from 'node:fs'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import {
  KilostepError,
  quote,
  type RunReport,
  reportText,
  runReportSchema,
  runsReport,
  type TrialsReport,
  trialsReportSchema,
} from '@kilostep/core'
import { useColor } from '../color.ts'
import { exitCode } from '../exit-code.ts'
import type { Io } from '../io.ts'
import { readHead, readText } from '../plan-file/read-text.ts'
import { requireWritable } from '../run/output-files.ts'
import { type PageFlags, pageFiles, writePages } from '../run/report-pages.ts'
import { reportOfEvents } from './read-events.ts'

const maxReportBytes = 64 * 1_048_576
const firstBytes = 256

export interface ReportOptions extends PageFlags {
  readonly json?: boolean
}

/**
 * Shows the report that files hold or give. Returns the exit code.
 *
 * @throws KilostepError with what is wrong with a file.
 */
export async function showReport(files: readonly string[], options: ReportOptions, io: Io): Promise<number> {
  requireWritable(pageFiles(options), files, io.folder)
  const reports: (RunReport | TrialsReport)[] = []
  for (const file of files) reports.push(await readReport(file, io))
  const report = together(reports, files)
  if (options.json) io.stdout.write(`${JSON.stringify(report, null, 2)}\n`)
  else {
    const { stdout, env } = io
    stdout.write(reportText(report, { color: useColor(stdout, env), width: stdout.columns }))
  }
  const problems = writePages(report, options, io).filter((one) => one !== undefined)
  for (const problem of problems) io.stderr.write(`kilostep: ${problem}\n`)
  return problems.length === 0 ? exitCode.succeeded : exitCode.failed
}

function together(
  reports: readonly (RunReport | TrialsReport)[],
  files: readonly string[],
): RunReport | TrialsReport {
  const [one] = reports
  if (one !== undefined && reports.length === 1) return one
  const many = reports.findIndex(({ type }) => type === 'trials')
  if (many !== -1) {
    throw new KilostepError(
      'usage',
      `${quote(files[many] ?? '')} is a report over many runs already. Give it alone, or give the reports of single runs.`,
    )
  }
  try {
    return runsReport(reports as RunReport[])
  } catch (error) {
    if (error instanceof RangeError) throw new KilostepError('usage', `The ${error.message}`)
    throw error
  }
}

async function readReport(file: string, io: Io): Promise<RunReport | TrialsReport> {
  const path = resolve(io.folder, file)
  if (/^\s*\{"type":"run-started"/.test(await readHead(file, io.folder, firstBytes))) {
    const lines = createInterface({
      input: createReadStream(path, 'utf8'),
      crlfDelay: Number.POSITIVE_INFINITY,
    })
    const { report, cut } = await reportOfEvents(lines, file)
    if (cut) io.stderr.write(`kilostep: The last line of ${quote(file)} is cut off and was left out.\n`)
    return report
  }
  return reportOf(await readText(file, io.folder, maxReportBytes), file)
}

function reportOf(text: string, file: string): RunReport | TrialsReport {
  let data: unknown
  try {
    data = JSON.parse(text)
  } catch (error) {
    throw invalid(file, `is not JSON: ${(error as Error).message}`)
  }
  const { kilostep, type } = (data ?? {}) as { readonly kilostep?: unknown; readonly type?: unknown }
  if (type === 'gate')
    throw new KilostepError(
      'invalid-report',
      `${quote(file)} holds the results of kilostep trial. Give it to kilostep trend.`,
    )
  if (type !== 'run' && type !== 'trials') throw invalid(file, 'holds no report')
  if (typeof kilostep === 'number' && kilostep > 1)
    throw invalid(file, `has form ${kilostep} and this Kilostep reads form 1; update Kilostep`)
  const result = (type === 'run' ? runReportSchema : trialsReportSchema).safeParse(data)
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw invalid(file, `is not a whole report: ${issue?.path.join('.')}: ${issue?.message}`)
}

function invalid(file: string, problem: string): KilostepError {
  return new KilostepError(
    'invalid-report',
    `${quote(file)} ${problem}. Give a file that kilostep run --events or --report wrote.`,
  )
}
