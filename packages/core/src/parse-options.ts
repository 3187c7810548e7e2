import type { z } from 'zod'
import { KilostepError } from './errors.ts'
import { readIssues } from './issues.ts'

/**
 * Options as their schema has them.
 *
 * @param of what takes them, e.g. `start`.
 * @throws KilostepError `invalid-options` with every fault.
 */
export function parseOptions<S extends z.ZodType>(schema: S, options: unknown, of: string): z.output<S> {
  const result = schema.safeParse(options)
  if (result.success) return result.data
  const faults = readIssues(result.error, schema).map(({ path, message }) => {
    const where = path.join('.')
    const text =
      where === ''
        ? message.replace(/^must/, 'They must').replace('but it is', 'but this is')
        : `"${where}" ${message}`
    return { code: 'option', where, message: text }
  })
  throw new KilostepError('invalid-options', `The options of ${of} cannot be used:`, faults)
}
