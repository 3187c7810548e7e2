import type { Command } from 'commander'
import type { Io } from '../io.ts'
import type { ApproveOptions } from '../journal/approve-subtask.ts'

/** `kilostep approve`: decides on what waits for a person. */
export function addApprove(program: Command, io: Io): void {
  program
    .command('approve')
    .summary('decide on a subtask that waits for that, or list those that do')
    .description(
      'Decides on a subtask that waits for a person, whether its run goes on in another process or is to be resumed.\n' +
        'Without a subtask it lists what waits, and what each is given.',
    )
    .argument('<run>', 'its id, as "kilostep runs" lists it')
    .argument('[subtask]', 'the subtask or check to approve')
    .requiredOption('--journal <file>', 'the journal that holds it')
    .option('--reject <reason>', 'reject it instead: it fails, and a check asks what it covers again')
    .option('--answer <json>', 'answer in its place: any JSON; - reads it from standard input')
    .option('--json', 'print the list as JSON')
    .addHelpText(
      'after',
      `
Examples:
  kilostep approve nightly --journal runs.db
  kilostep approve nightly send --journal runs.db
  kilostep approve nightly send --journal runs.db --reject "wrong address"
  kilostep approve nightly total --journal runs.db --answer 42`,
    )
    .action(async (run: string, subtask: string | undefined, options: ApproveOptions) => {
      const { approve } = await import('../journal/approve-subtask.ts')
      io.exitWith(await approve(run, subtask, options, io))
    })
}
