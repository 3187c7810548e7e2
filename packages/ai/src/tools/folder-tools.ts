import { constants } from 'node:fs'
import { mkdir, open, readdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { parseOptions } from '@kilostep/core'
import { type ToolSet, tool } from 'ai'
import { z } from 'zod'
import { confinedPath } from './confined-path.ts'

export interface FolderToolsOptions {
  /** The only folder that can be reached. */
  readonly folder: string
  /** What may be done in it; there is no default. */
  readonly allow: readonly ('read' | 'write')[]
  /** The largest file that is read or written, in bytes. Default 262,144. */
  readonly maxBytes?: number
  /** The most names that a listing gives. Default 1,000. */
  readonly maxNames?: number
}

const optionsSchema = z.strictObject({
  folder: z.string().min(1),
  allow: z.array(z.enum(['read', 'write'])).min(1),
  maxBytes: z.int().min(1).max(1_073_741_824).optional(),
  maxNames: z.int().min(1).max(1_000_000).optional(),
})
const path = z.string().max(4_096).describe('Relative to the folder.')

/**
 * Tools that read, and where allowed write, files inside one folder and nowhere else.
 *
 * @throws KilostepError `invalid-options`.
 * @example modelWorker({ …, tools: folderTools({ folder: 'docs', allow: ['read'] }) })
 */
export function folderTools(options: FolderToolsOptions): ToolSet {
  const {
    folder,
    allow,
    maxBytes = 262_144,
    maxNames = 1_000,
  } = parseOptions(optionsSchema, options, 'folderTools')
  const reading: ToolSet = {
    list_files: tool({
      description: 'Lists the names in a folder; those of folders end in "/".',
      inputSchema: z.object({ path }),
      execute: async ({ path }) => {
        const entries = await readdir(await confinedPath(folder, path), { withFileTypes: true })
        const names = entries.map((entry) => `${entry.name}${entry.isDirectory() ? '/' : ''}`).sort()
        const more = names.length - maxNames
        return names.slice(0, maxNames).join('\n') + (more > 0 ? `\n… and ${more} more` : '')
      },
    }),
    read_file: tool({
      description: 'Reads a text file.',
      inputSchema: z.object({ path }),
      execute: async ({ path }) => {
        // A pipe or a device would be waited for, and a link is followed only as far as it was looked at.
        const flags = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW
        await using file = await open(await confinedPath(folder, path), flags)
        const { size } = await regular(file, path)
        if (size > maxBytes) throw new Error(`${path} has ${size} bytes, and ${maxBytes} at most are read.`)
        return await file.readFile('utf8')
      },
    }),
  }
  const writing: ToolSet = {
    write_file: tool({
      description: 'Writes a text file, in the stead of what it held.',
      inputSchema: z.object({ path, text: z.string() }),
      execute: async ({ path, text }) => {
        const bytes = Buffer.byteLength(text)
        if (bytes > maxBytes)
          throw new Error(`The text has ${bytes} bytes, and ${maxBytes} at most are written.`)
        const target = await confinedPath(folder, path)
        await mkdir(dirname(target), { recursive: true })
        const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_NONBLOCK | constants.O_NOFOLLOW
        await using file = await open(target, flags, 0o644)
        await regular(file, path)
        await file.truncate(0)
        await file.writeFile(text)
        return `${bytes} bytes were written.`
      },
    }),
  }
  return {
    ...(allow.includes('read') ? reading : undefined),
    ...(allow.includes('write') ? writing : undefined),
  }
}

async function regular(
  file: Awaited<ReturnType<typeof open>>,
  path: string,
): Promise<{ readonly size: number }> {
  const facts = await file.stat()
  if (!facts.isFile()) throw new Error(`${path} is no file.`)
  return facts
}
