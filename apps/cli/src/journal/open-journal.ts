import { existsSync, readdirSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import { didYouMean, KilostepError, quote } from '@kilostep/core'
import { type Journal, sqliteJournal } from 'kilostep'

/**
 * Opens a journal that is there.
 *
 * @throws KilostepError `no-journal` where there is none, and whatever is wrong with the file.
 */
export function openJournal(file: string, folder: string): Journal {
  const path = resolve(folder, file)
  if (!existsSync(path)) {
    const there = existsSync(dirname(path)) ? readdirSync(dirname(path)) : []
    throw new KilostepError(
      'no-journal',
      `There is no journal ${quote(file)}.${didYouMean(basename(path), there)}`,
    )
  }
  return sqliteJournal(path)
}

/** The run's log, for reading. A message about a run that is not there says which are. */
export async function openLog(journal: Journal, run: string) {
  try {
    return await journal.open(run)
  } catch (error) {
    if (!(error instanceof KilostepError) || error.code !== 'unknown-run') throw error
    const known = (await journal.runs()).map((entry) => entry.run)
    throw new KilostepError('unknown-run', `${error.message}${didYouMean(run, known)}`)
  }
}
