import type { Command } from 'commander'
import type { Io } from '../io.ts'
import type { ListOptions } from '../journal/list-runs.ts'

/** `kilostep runs`: what a journal holds. */
export function addRuns(program: Command, io: Io): void {
  program
    .command('runs')
    .summary('list the runs of a journal')
    .description('Lists the runs of a journal, the latest first. What is "interrupted" can be resumed.')
    .requiredOption('--journal <file>', 'the journal')
    .option('--json', 'print the list as JSON')
    .action(async (options: ListOptions) => {
      const { listRuns } = await import('../journal/list-runs.ts')
      io.exitWith(await listRuns(options, io))
    })
}
