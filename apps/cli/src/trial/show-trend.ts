import { basename, extname } from 'node:path'
import { KilostepError, quote, type Release, trendMarkdown, trendPicture, trendText } from '@kilostep/core'
import { useColor } from '../color.ts'
import { exitCode } from '../exit-code.ts'
import type { Io } from '../io.ts'
import { requireWritable, writeWhole } from '../run/output-files.ts'
import { readResults } from './results-file.ts'

export interface TrendFlags {
  readonly svg?: string
  readonly markdown?: string
}

/**
 * Shows the results of a gate over releases. Returns the exit code.
 *
 * @throws KilostepError where a file cannot be used, or where they are of different gates.
 */
export async function showTrend(
  files: readonly string[],
  { svg, markdown }: TrendFlags,
  io: Io,
): Promise<number> {
  requireWritable({ '--svg': svg, '--markdown': markdown }, files, io.folder)
  const releases: Release[] = []
  for (const file of files)
    releases.push({ label: basename(file, extname(file)), report: await readResults(file, io) })
  const name = releases[0]?.report.name ?? ''
  const other = releases.findIndex(({ report }) => report.name !== name)
  if (other !== -1) {
    throw new KilostepError(
      'usage',
      `${quote(files[0] ?? '')} is of ${quote(name)} and ${quote(files[other] ?? '')} of ${quote(releases[other]?.report.name ?? '')}. Give the results of one gate.`,
    )
  }
  const { stdout, env } = io
  stdout.write(trendText(releases, { color: useColor(stdout, env), width: stdout.columns }))
  const problems = [
    svg === undefined ? undefined : writeWhole(svg, io.folder, trendPicture(releases)),
    markdown === undefined ? undefined : writeWhole(markdown, io.folder, trendMarkdown(releases)),
  ].filter((problem) => problem !== undefined)
  for (const problem of problems) io.stderr.write(`kilostep: ${problem}\n`)
  return problems.length === 0 ? exitCode.succeeded : exitCode.failed
}
