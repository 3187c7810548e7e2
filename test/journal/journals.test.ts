import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { journalSuite } from '@kilostep/testing/vitest'
import { memoryJournal, sqliteJournal } from 'kilostep'

journalSuite('in memory', () => {
  const journal = memoryJournal()
  return { journal, other: journal }
})

journalSuite('in SQLite', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kilostep-journal-'))
  const file = join(folder, 'runs.db')
  return {
    journal: sqliteJournal(file),
    other: sqliteJournal(file),
    dispose: async () => rmSync(folder, { recursive: true }),
  }
})

journalSuite('in SQLite, one host', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kilostep-journal-'))
  const journal = sqliteJournal(join(folder, 'runs.db'), { synchronous: 'off' })
  return { journal, other: journal, dispose: async () => rmSync(folder, { recursive: true }) }
})
