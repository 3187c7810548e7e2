import { KilostepError, outcomesReport, outcomesText } from '@kilostep/core'
import { useColor } from '../color.ts'
import { exitCode } from '../exit-code.ts'
import type { Io } from '../io.ts'
import { readText } from '../plan-file/read-text.ts'
import { readFields } from './fields.ts'
import { readOutcomes } from './read-outcomes.ts'

const maxBytes = 256 * 1_048_576

export interface OutcomesFlags {
  readonly outcomes: string
  readonly fields?: string
  readonly json?: boolean
  readonly html?: string
  readonly markdown?: string
  readonly junit?: string
}

/**
 * Shows what outcomes that were recorded elsewhere come to. Returns the exit code.
 *
 * @throws KilostepError with everything that is wrong with the file.
 */
export async function showOutcomes(flags: OutcomesFlags, files: readonly string[], io: Io): Promise<number> {
  const { outcomes: file, json, html, markdown, junit } = flags
  if (files.length > 0)
    throw new KilostepError(
      'usage',
      '--outcomes takes one file and goes without those of runs. Give one or the other.',
    )
  if (html !== undefined || markdown !== undefined || junit !== undefined)
    throw new KilostepError('usage', 'With --outcomes there is text or --json, and no page.')
  const fields = readFields(flags.fields)
  const text = file === '-' ? await io.readStdin() : await readText(file, io.folder, maxBytes)
  const report = outcomesReport(readOutcomes(text, file === '-' ? 'standard input' : file, fields))
  const { stdout, env } = io
  if (json) stdout.write(`${JSON.stringify(report, null, 2)}\n`)
  else stdout.write(outcomesText(report, { color: useColor(stdout, env), width: stdout.columns }))
  return exitCode.succeeded
}
