/** What is wrong with a journal file. Plain, so that it can cross from one thread to another. */
export class FileFault extends Error {
  override readonly name = 'FileFault'
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

/** Primary result codes of SQLite that a user can do something about. */
const busy = 5
const readOnly = 8
const ioError = 10
const corrupt = 11
const full = 13
const cannotOpen = 14
const notADatabase = 26

/** Why a file could not be opened, and the way out. */
export function openFault(error: unknown, path: string): FileFault {
  if (error instanceof FileFault) return error
  const code = resultCode(error)
  const known: Record<number, string> = {
    [busy]: `The journal ${path} is locked by another program. Wait until that is done with it, or raise "lockedMs".`,
    [readOnly]: `The journal ${path} cannot be written. Give yourself the right to write it and its folder, or give another path.`,
    [corrupt]: `The journal ${path} is damaged. Restore it from a copy, or save what is left with: sqlite3 ${path} .recover`,
    [cannotOpen]: `The journal ${path} cannot be opened. See that its folder is there and that you may write to it.`,
    [notADatabase]: `${path} is not a SQLite database. Give the path of a journal, or of a file that is not there yet.`,
    [full]: `The journal ${path} cannot be made: there is no room for it. Free some space, or give another path.`,
  }
  const text = known[code ?? -1] ?? `The journal ${path} cannot be opened: ${textOf(error)}.`
  return new FileFault('journal-open', text)
}

/** Why something could not be written or read, and the way out. */
export function useFault(error: unknown, path: string): FileFault {
  if (error instanceof FileFault) return error
  const code = resultCode(error)
  const known: Record<number, string> = {
    [busy]: `it is locked by another program. Wait until that is done with it, or raise "lockedMs"`,
    [readOnly]: 'it is read-only, or was deleted or replaced. Make it writable, or put it back',
    [ioError]: 'the disk fails. See that it is there and works',
    [corrupt]: `it is damaged. Restore it from a copy, or save what is left with: sqlite3 ${path} .recover`,
    [full]: 'there is no room left for it. Free some space',
  }
  const text = known[code ?? -1] ?? textOf(error)
  return new FileFault('journal-failed', `The journal ${path} cannot be used: ${text}.`)
}

/** Whether a lock was not to be had. */
export function isBusy(error: unknown): boolean {
  return resultCode(error) === busy
}

/** The primary code: the lowest byte of the extended one. */
function resultCode(error: unknown): number | undefined {
  const code = (error as { errcode?: unknown } | null)?.errcode
  return typeof code === 'number' ? code & 0xff : undefined
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
