import { createHash } from 'node:crypto'
import type { Plan } from '@kilostep/core'

/** SHA-256 over the plan as JSON, in pieces, so that a large plan is never one large text. */
export function digestOf(plan: Plan): string {
  const { subtasks, checks, ...rest } = plan
  const hash = createHash('sha256')
  let piece = JSON.stringify(rest)
  for (const list of [subtasks, checks ?? []]) {
    for (const item of list) {
      piece += JSON.stringify(item)
      if (piece.length < 65_536) continue
      hash.update(piece)
      piece = ''
    }
  }
  return `sha256:${hash.update(piece).digest('hex')}`
}
