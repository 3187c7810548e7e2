import type { Command } from 'commander'
import type { Io } from '../io.ts'
import type { ListOptions } from '../journal/list-runs.ts'

/** `kilostep runs`: what a journal holds. */
export function addRuns(program: Command, io: Io): void {
  program
    .command('runs')
    .summary('list the runs of a journal, or delete old ones')
    .description(
      'Lists the runs of a journal, the latest first. What is "interrupted" can be resumed.\n' +
        'With --prune it deletes runs that have ended, by age and size; without --yes it only says which.',
    )
    .requiredOption('--journal <file>', 'the journal')
    .option('--delete <run>', 'delete that run, with everything that was stored for it')
    .option('--prune', 'delete runs that have ended: those that --older-than and --max-size say')
    .option('--older-than <time>', 'of which nothing has happened for so long: 12h, 30d, 8w')
    .option('--max-size <size>', 'the oldest, until the rest holds at most so much: 500MB, 2GB')
    .option('--interrupted', 'also runs that were interrupted and could be resumed')
    .option('--yes', 'really delete them')
    .option('--json', 'print the list as JSON')
    .action(async (options: ListOptions) => {
      const { listRuns } = await import('../journal/list-runs.ts')
      io.exitWith(await listRuns(options, io))
    })
}
