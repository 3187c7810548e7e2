import { KilostepError } from '@kilostep/core'
import type { Io } from '../../io.ts'

/** What was said on the command line of `demo ledger`. */
export interface LedgerDemoOptions {
  readonly rows: number
  readonly trials: number
  /** One attempt a digit, and no check. */
  readonly plain: boolean
  readonly seed?: string | number
  readonly pool: 'test' | 'validation'
  readonly concurrency?: number
  readonly json: boolean
}

/** Transcribes ledgers and shows what came of it. Returns the exit code. */
export async function runLedgerDemo(_options: LedgerDemoOptions, _io: Io): Promise<number> {
  throw new KilostepError('not-there-yet', 'The ledger demo is not there yet.')
}
