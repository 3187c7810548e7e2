import { KilostepError, quote } from '@kilostep/core'

/** What every journal says where a run cannot be begun, found or written. */
export const journalFault = {
  exists: (run: string): KilostepError =>
    new KilostepError('run-exists', `There is a run ${quote(run)} already. Give the new one another id.`),
  unknown: (run: string, where: string): KilostepError =>
    new KilostepError('unknown-run', `There is no run ${quote(run)} in ${where}.`),
  taken: (run: string, by: string): KilostepError =>
    new KilostepError(
      'run-taken',
      `Run ${quote(run)} is being run by ${by}. Two hosts must not run it at once: wait until that one has ended, or end it.`,
    ),
}
