import { existsSync, statSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { FileFault, openFault } from './file-fault.ts'
import { applicationId, schemaVersion, upgrades } from './schema.ts'

/** How a journal file is used; the same in every thread of a process. */
export interface FileOptions {
  readonly synchronous: 'full' | 'normal' | 'off'
  readonly lockedMs: number
  readonly maxBytes: number
}

/** How many bytes a page of the file has: SQLite's default. */
const pageBytes = 4_096

/**
 * Opens a journal file, makes it where there is none, and brings it up to date.
 *
 * @throws FileFault that names the file and the way out.
 */
export function openDatabase(path: string, options: FileOptions): DatabaseSync {
  if (existsSync(path) && !statSync(path).isFile()) {
    throw new FileFault('journal-open', `The journal ${path} is not a file. Give the path of a file.`)
  }
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(path, { timeout: options.lockedMs })
    // Has to come before the first table, and lets a deleted run give its pages back.
    database.exec(`PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL;
      PRAGMA synchronous = ${options.synchronous}; PRAGMA foreign_keys = ON`)
    database.exec(`PRAGMA max_page_count = ${Math.ceil(options.maxBytes / pageBytes)}`)
    prepare(database, path)
    return database
  } catch (error) {
    database?.close()
    throw openFault(error, path)
  }
}

function prepare(database: DatabaseSync, path: string): void {
  if (versionOf(database, path) === schemaVersion) return
  database.exec('BEGIN IMMEDIATE')
  try {
    // Another process may have made the tables while this one waited for the lock.
    const version = versionOf(database, path)
    if (version < schemaVersion) {
      for (const upgrade of upgrades.slice(version)) database.exec(upgrade)
      database.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${schemaVersion}`)
    }
    database.exec('COMMIT')
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK')
    throw error
  }
}

/** The version of the file's tables, 0 where it is empty. */
function versionOf(database: DatabaseSync, path: string): number {
  const id = pragma(database, 'application_id')
  const version = pragma(database, 'user_version')
  const tables = database.prepare('SELECT count(*) AS tables FROM sqlite_schema').get()?.['tables'] as number
  if (id !== applicationId && (id !== 0 || version !== 0 || tables > 0)) {
    throw new FileFault(
      'journal-open',
      `${path} is a SQLite database, but no journal of Kilostep. Give the path of another file.`,
    )
  }
  if (version > schemaVersion) {
    throw new FileFault(
      'journal-newer',
      `The journal ${path} was written by a newer Kilostep (version ${version} of its tables; this one knows ${schemaVersion}). Update Kilostep, or give another file.`,
    )
  }
  return version
}

function pragma(database: DatabaseSync, name: string): number {
  return database.prepare(`PRAGMA ${name}`).get()?.[name] as number
}
