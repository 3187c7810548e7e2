import { open, readdir } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'
import { didYouMean, KilostepError, quote } from '@kilostep/core'

/**
 * A text file, whole.
 *
 * @param maxBytes refuse what is larger, before it is read.
 * @throws KilostepError `file` that says which file, what is wrong with it and the way out.
 */
export async function readText(path: string, folder: string, maxBytes: number): Promise<string> {
  const whole = resolve(folder, path)
  try {
    await using file = await open(whole)
    const stat = await file.stat()
    if (stat.isDirectory()) throw new KilostepError('file', `${quote(path)} is a folder. Give a file.`)
    if (stat.size > maxBytes) throw tooLarge(path, stat.size, maxBytes)
    const bytes = await file.readFile()
    // A pipe does not say beforehand how much there is in it.
    if (bytes.length > maxBytes) throw tooLarge(path, bytes.length, maxBytes)
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    throw await explained(error, path, whole)
  }
}

/**
 * The first bytes of a file as text, to see what it is.
 *
 * @throws KilostepError `file`, as {@link readText} does.
 */
export async function readHead(path: string, folder: string, bytes: number): Promise<string> {
  const whole = resolve(folder, path)
  try {
    await using file = await open(whole)
    const { buffer, bytesRead } = await file.read(Buffer.alloc(bytes), 0, bytes, 0)
    return buffer.toString('utf8', 0, bytesRead)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EISDIR') throw new KilostepError('file', `${quote(path)} is a folder. Give a file.`)
    throw await explained(error, path, whole)
  }
}

function tooLarge(path: string, bytes: number, maxBytes: number): KilostepError {
  const mib = (size: number): string => `${(size / 1_048_576).toFixed(size < maxBytes * 2 ? 1 : 0)} MiB`
  return new KilostepError(
    'file',
    `${quote(path)} has ${mib(bytes)} and at most ${mib(maxBytes)} are read. Write a large plan as a module (plan.ts) that makes it, or use map.`,
  )
}

async function explained(error: unknown, path: string, whole: string): Promise<KilostepError> {
  if (error instanceof KilostepError) return error
  const { code } = error as NodeJS.ErrnoException
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    const near = didYouMean(basename(path), await readdir(dirname(whole)).catch(() => []))
    return new KilostepError('file', `There is no file ${quote(path)}.${near}`)
  }
  if (code === 'EACCES' || code === 'EPERM')
    return new KilostepError('file', `${quote(path)} may not be read (${code}). Change its permissions.`)
  if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA')
    return new KilostepError('file', `${quote(path)} is not UTF-8 text. Save it as UTF-8.`)
  return new KilostepError('file', `${quote(path)} cannot be read: ${(error as Error).message}`)
}
