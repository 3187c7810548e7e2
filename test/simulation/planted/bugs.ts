import type { Bug } from './bug.ts'
import { engineBugs } from './engine-bugs.ts'
import { journalBugs } from './journal-bugs.ts'
import { workerBugs } from './worker-bugs.ts'

/** Every bug that is planted. */
export const bugs: readonly Bug[] = [...journalBugs, ...engineBugs, ...workerBugs]
