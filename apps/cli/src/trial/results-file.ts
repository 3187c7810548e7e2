import { type GateReport, gateReportSchema, KilostepError, quote } from '@kilostep/core'
import type { Io } from '../io.ts'
import { readText } from '../plan-file/read-text.ts'

const maxBytes = 64 * 1_048_576

/**
 * The results of a gate that `trial --save` or `--json` wrote.
 *
 * @throws KilostepError `file` or `invalid-results`.
 */
export async function readResults(file: string, io: Io): Promise<GateReport> {
  const text = await readText(file, io.folder, maxBytes)
  let data: unknown
  try {
    data = JSON.parse(text)
  } catch (error) {
    throw invalid(file, `is not JSON: ${(error as Error).message}`)
  }
  const { kilostep, type } = (data ?? {}) as { readonly kilostep?: unknown; readonly type?: unknown }
  if (type !== 'gate') throw invalid(file, 'does not hold the results of a gate')
  if (typeof kilostep === 'number' && kilostep > 1)
    throw invalid(file, `has form ${kilostep} and this Kilostep reads form 1; update Kilostep`)
  const read = gateReportSchema.safeParse(data)
  if (read.success) return read.data
  const [issue] = read.error.issues
  throw invalid(file, `is not whole: ${issue?.path.join('.')}: ${issue?.message}`)
}

function invalid(file: string, problem: string): KilostepError {
  return new KilostepError(
    'invalid-results',
    `${quote(file)} ${problem}. Give a file that kilostep trial --save wrote.`,
  )
}
