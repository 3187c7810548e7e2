import type { Verdict } from './worker.ts'

/**
 * A verifier's word as one of three: accepted (undefined), rejected for a reason, or not understood (null). Throws
 * where it cannot be read, because it is whatever a verifier gave.
 */
export function readVerdict(said: Verdict): string | undefined | null {
  if (said === true) return undefined
  if (said === false) return rejected
  if (typeof said === 'string') return said === '' ? rejected : said
  if (said === null || typeof said !== 'object') return null
  const { accept, reason } = said
  if (accept === true) return undefined
  if (accept !== false || (reason !== undefined && typeof reason !== 'string')) return null
  return reason === undefined || reason === '' ? rejected : reason
}

const rejected = 'The verifier rejected the answer.'
