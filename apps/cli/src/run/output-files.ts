import { closeSync, openSync, realpathSync, writeFileSync, writeSync } from 'node:fs'
import { resolve } from 'node:path'
import { KilostepError, quote } from '@kilostep/core'

const bufferedCharacters = 65_536

/** A file of JSON Lines that is written while a run goes on. */
export interface LinesFile {
  add(value: unknown): void
  /** Writes what is buffered. */
  flush(): void
  /** The first thing that went wrong. */
  readonly problem: string | undefined
}

/**
 * Says before anything runs which of the files cannot be written.
 *
 * @param files paths by the option that named them.
 * @param inputs files that must not be written over.
 * @throws KilostepError `unwritable` with every one of them.
 */
export function requireWritable(
  files: Readonly<Record<string, string | undefined>>,
  inputs: readonly string[],
  folder: string,
): void {
  const taken = new Map(inputs.map((path) => [real(path, folder), 'the plan']))
  const faults = Object.entries(files).flatMap(([option, path]) => {
    if (path === undefined) return []
    const other = taken.get(real(path, folder))
    taken.set(real(path, folder), option)
    const problem = other === undefined ? whyUnwritable(path, folder) : `is ${other} already`
    if (problem === undefined) return []
    return [
      {
        code: 'unwritable',
        where: option,
        message: `${option} ${quote(path)} ${problem}. Give another file.`,
      },
    ]
  })
  if (faults.length > 0) throw new KilostepError('unwritable', 'Nothing was run:', faults)
}

/** Opens a file of JSON Lines, empty. */
export function openLines(path: string, folder: string): LinesFile {
  const file = openSync(resolve(folder, path), 'w')
  let buffer: string[] = []
  let size = 0
  let problem: string | undefined
  const flush = (): void => {
    if (problem !== undefined || size === 0) return
    try {
      writeAll(file, buffer.join(''))
    } catch (error) {
      // The run goes on: it is worth more than the account of it, and how it ended says that there is none.
      problem = `${quote(path)} could not be written: ${(error as Error).message}.`
    }
    buffer = []
    size = 0
  }
  return {
    add(value) {
      const line = `${JSON.stringify(value)}\n`
      buffer.push(line)
      size += line.length
      if (size >= bufferedCharacters) flush()
    },
    flush,
    get problem() {
      return problem
    },
  }
}

/** Writes a whole file; the returned text says what went wrong. */
export function writeWhole(path: string, folder: string, text: string): string | undefined {
  try {
    writeFileSync(resolve(folder, path), text)
    return undefined
  } catch (error) {
    return `${quote(path)} could not be written: ${(error as Error).message}.`
  }
}

function writeAll(file: number, text: string): void {
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at)
}

function whyUnwritable(path: string, folder: string): string | undefined {
  try {
    // Appending nothing leaves a file of an earlier run as it is until there is something new.
    closeSync(openSync(resolve(folder, path), 'a'))
    return undefined
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return 'cannot be written, because its folder is not there'
    if (code === 'EISDIR') return 'is a folder'
    if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') return `may not be written (${code})`
    return `cannot be written: ${message}`
  }
}

function real(path: string, folder: string): string {
  const whole = resolve(folder, path)
  try {
    return realpathSync(whole)
  } catch {
    return whole
  }
}
