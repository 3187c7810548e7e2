/**
 * One thing that is wrong with what a caller gave, and the way out.
 */
export interface Fault {
  /** What kind of fault, stable across versions, e.g. `cycle`. */
  readonly code: string
  /** Where, e.g. `subtasks[3].input.url` or a subtask's id. */
  readonly where: string
  /** A sentence that names the thing and the way out. */
  readonly message: string
}

/**
 * The only thing that Kilostep throws, and only for a caller's mistake: whatever goes wrong inside a run
 * is an event of that run.
 */
export class KilostepError extends Error {
  override readonly name = 'KilostepError'
  /** What kind of mistake, stable across versions, e.g. `invalid-plan`. */
  readonly code: string
  /** Every fault that was found; never only the first. */
  readonly faults: readonly Fault[]

  constructor(code: string, message: string, faults: readonly Fault[] = []) {
    super(faults.length === 0 ? message : `${message}\n${listFaults(faults)}`)
    this.code = code
    this.faults = faults
  }
}

const shownFaults = 50

function listFaults(faults: readonly Fault[]): string {
  const lines = faults.slice(0, shownFaults).map((fault) => `  - ${fault.message}`)
  if (faults.length > shownFaults) lines.push(`  … and ${faults.length - shownFaults} more faults`)
  return lines.join('\n')
}
