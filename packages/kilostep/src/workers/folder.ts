import { realpath, stat } from 'node:fs/promises'
import { isAbsolute, relative, resolve, sep } from 'node:path'
import { quote } from '@kilostep/core'

/**
 * A path that a plan names, relative to the folder that the plan is in. It may not lead out of that folder, by `..`, by
 * being absolute or over a symbolic link: a plan is data, perhaps another's, and has no say about the rest of the disk.
 */
export async function pathInside(
  folder: string,
  path: string,
  kind: 'file' | 'folder',
): Promise<{ readonly path: string } | { readonly problem: string }> {
  const whole = resolve(folder, path)
  const outside = { problem: `leads out of the plan's folder, ${quote(folder)}` }
  if (!isInside(folder, whole)) return outside
  try {
    if (!isInside(await realpath(folder), await realpath(whole))) return outside
    const found = await stat(whole)
    if (kind === 'file' ? found.isFile() : found.isDirectory()) return { path: whole }
    return { problem: `is not a ${kind}` }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    return {
      problem: code === 'ENOENT' ? `is not there (looked in ${quote(folder)})` : `cannot be read (${code})`,
    }
  }
}

function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path)
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
}
