import { realpath } from 'node:fs/promises'
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'

/**
 * A path inside a folder, as it is on the disk: no "..", no absolute path and no link leads out. What is to be written
 * need not be there yet.
 *
 * @throws Error that says so, for the model to read.
 */
export async function confinedPath(folder: string, path: string): Promise<string> {
  const root = await realpath(folder)
  if (path.includes('\0')) throw new Error('The path has a zero character in it.')
  const wanted = isAbsolute(path) ? path : resolve(root, path)
  const real = await nearest(wanted)
  if (!isInside(root, wanted) || !isInside(root, real))
    throw new Error(`${JSON.stringify(path.slice(0, 200))} is not inside the folder that may be used.`)
  return real
}

/** A path whose links are followed as far as it is there. */
async function nearest(path: string): Promise<string> {
  for (let at = path; ; at = dirname(at)) {
    try {
      return join(await realpath(at), relative(at, path))
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      // A link that leads nowhere could be written through.
      if (code === 'ELOOP') throw new Error('The path goes round in circles.')
      if ((code !== 'ENOENT' && code !== 'ENOTDIR') || dirname(at) === at) throw error
    }
  }
}

function isInside(root: string, path: string): boolean {
  const way = relative(root, path)
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way))
}
