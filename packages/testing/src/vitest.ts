// What registers tests, and so needs vitest: apart from the rest, which runs without it.
export { type JournalUnderTest, journalSuite } from './suites/journal-suite.ts'
