import type { Command } from 'commander'
import type { Io } from '../io.ts'
import type { ReplayOptions } from '../journal/replay-run.ts'

/** `kilostep replay`: folds a journal again and compares. */
export function addReplay(program: Command, io: Io): void {
  program
    .command('replay')
    .summary('fold the journal of a run again and compare with the report of then')
    .description(
      'Makes the report of a run anew from its events and compares it, byte for byte, with the one that was stored when\n' +
        'the run ended. Where they differ it says in what, and which is the first event that does not do as it did.',
    )
    .argument('<run>', 'its id, as "kilostep runs" lists it')
    .requiredOption('--journal <file>', 'the journal that holds it')
    .option('--json', 'print what was found as JSON, with the report as it comes out now')
    .addHelpText(
      'after',
      `
Exit codes: 0 the same, 1 different, 2 there is no such run, or nothing to compare it with.`,
    )
    .action(async (run: string, options: ReplayOptions) => {
      const { replayed } = await import('../journal/replay-run.ts')
      io.exitWith(await replayed(run, options, io))
    })
}
