import type { Verdict } from './worker.ts'

/** What a verifier said, read: a reason where it rejects, null where it cannot be understood. */
export type ReadVerdict = { readonly accepted: true } | { readonly accepted: false; readonly reason: string }

/**
 * A verifier's word. Throws where it cannot be read, because it is whatever a verifier gave.
 *
 * @param least the score from which on one that gives a score accepts.
 */
export function readVerdict(said: Verdict, least = 0.5): ReadVerdict | null {
  if (said === true) return accepted
  if (said === false) return rejected('')
  if (typeof said === 'number') return scored(said, least, '')
  if (typeof said === 'string') return rejected(said)
  if (said === null || typeof said !== 'object') return null
  const { accept, score, reason = '' } = said as { accept?: unknown; score?: unknown; reason?: unknown }
  if (typeof reason !== 'string') return accept === true ? accepted : null
  if (accept === true) return accepted
  if (accept === false) return rejected(reason)
  return typeof score === 'number' && accept === undefined ? scored(score, least, reason) : null
}

const accepted = { accepted: true } as const

function rejected(reason: string): ReadVerdict {
  return { accepted: false, reason: reason === '' ? 'The verifier rejected the answer.' : reason }
}

function scored(score: number, least: number, reason: string): ReadVerdict | null {
  if (!(score >= 0 && score <= 1)) return null
  if (score >= least) return accepted
  const why = `It scored ${Number(score.toPrecision(3))}, and ${least} is the least.`
  return rejected(reason === '' ? why : `${why} ${reason}`)
}
