import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { defineWorker } from 'kilostep'
import { z } from 'zod'

/** Finds the longest line of a file. */
export default defineWorker({
  name: 'longest',
  input: z.object({ file: z.string() }),
  output: z.object({ file: z.string(), line: z.int(), length: z.int() }),
  run: async ({ file }) => {
    const lines = (await readFile(join(import.meta.dirname, file), 'utf8')).split('\n')
    const length = lines.reduce((most, line) => Math.max(most, line.length), 0)
    return { file, line: lines.findIndex((line) => line.length === length) + 1, length }
  },
  verify: ({ line, length }) => (line >= 1 && length >= 0) || 'the longest line is not in the file',
})
