import type { Command } from 'commander'
import type { Io } from '../io.ts'
import type { ShowOptions } from '../journal/show-run.ts'

/** `kilostep show`: the report of a run in a journal. */
export function addShow(program: Command, io: Io): void {
  program
    .command('show')
    .summary('show the report of a run in a journal, as it stands')
    .description('Shows the report of a run as its journal stands, also while it goes on in another process.')
    .argument('<run>', 'its id, as "kilostep runs" lists it')
    .requiredOption('--journal <file>', 'the journal that holds it')
    .option('--json', 'print the report as one JSON document')
    .option('--html <file>', 'write the report as one page with pictures')
    .option('--markdown <file>', "write the report as Markdown, for a job's summary")
    .option('--junit <file>', 'write the report as JUnit XML, for CI systems')
    .action(async (run: string, options: ShowOptions) => {
      const { showRun } = await import('../journal/show-run.ts')
      io.exitWith(await showRun(run, options, io))
    })
}
