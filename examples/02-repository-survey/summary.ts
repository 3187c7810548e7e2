import { createHash } from 'node:crypto'
import { defineWorker } from 'kilostep'
import { z } from 'zod'

const measured = z.object({ file: z.string(), line: z.int(), length: z.int() })

/** Puts together what was found out about each file. */
export default defineWorker({
  name: 'summary',
  input: z.object({
    files: z.array(z.string()),
    lines: z.array(z.int()),
    digests: z.array(z.string()),
    longest: z.array(measured),
  }),
  run: ({ files, lines, digests, longest }) => ({
    files: files.length,
    lines: lines.reduce((sum, count) => sum + count, 0),
    digest: createHash('sha256').update(digests.join('\n')).digest('hex'),
    longest: longest.reduce((most, one) => (one.length > most.length ? one : most)),
  }),
  verify: (answer, { files, lines, digests }) =>
    (answer.files === lines.length && digests.length === files.length) || 'a file is missing',
})
