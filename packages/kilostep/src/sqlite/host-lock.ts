import { randomBytes } from 'node:crypto'
import { existsSync, rmSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { isBusy } from './file-fault.ts'

/** Shows, for as long as it is held, that the host which wrote its name into a journal is alive. */
export interface HostLock {
  readonly host: string
  release(): void
}

/**
 * Locks a file of this host's own beside the journal. The system gives up the lock when the process ends, however it
 * ends, so nobody has to guess from a process's number or from the time whether it is still there.
 */
export function takeHostLock(journal: string): HostLock {
  const host = `${process.pid}-${randomBytes(6).toString('hex')}`
  const file = lockFile(journal, host)
  const database = new DatabaseSync(file)
  database.exec('BEGIN EXCLUSIVE')
  return {
    host,
    release() {
      database.close()
      rmSync(file, { force: true })
    },
  }
}

/** Whether that host still has its lock. What a dead one has left behind is cleared away. */
export function hostIsAlive(journal: string, host: string): boolean {
  const file = lockFile(journal, host)
  if (!existsSync(file)) return false
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(file, { timeout: 0 })
    database.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    // Where it cannot be told, it is safer to believe that it is.
    return isBusy(error) || existsSync(file)
  } finally {
    database?.close()
  }
  rmSync(file, { force: true })
  return false
}

/** The host as a message names it. */
export function hostName(host: string): string {
  return `process ${host.split('-')[0]}`
}

function lockFile(journal: string, host: string): string {
  return `${journal}-host-${host}`
}
