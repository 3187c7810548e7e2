import type { Command } from 'commander'
import type { Io } from '../io.ts'
import type { ExportOptions } from '../journal/export-run.ts'

/** `kilostep export`: what a journal holds of a run, for other programs. */
export function addExport(program: Command, io: Io): void {
  program
    .command('export')
    .summary('write a run as JSON Lines: its events, or its accepted answers')
    .description(
      'Writes the events of a run as JSON Lines, as "run --events" does, for "report" and for other programs.\n' +
        'With --answers it writes a data set instead, to train or test a smaller model with: a line for each accepted\n' +
        'answer, with the prompt that it answers, its worker, its votes, and what judged it.',
    )
    .argument('<run>', 'its id, as "kilostep runs" lists it')
    .requiredOption('--journal <file>', 'the journal that holds it')
    .option('--answers', 'the accepted answers instead of the events')
    .option('--output <file>', 'write to a file instead of standard output')
    .addHelpText(
      'after',
      `
Examples:
  kilostep export nightly --journal runs.db > nightly.jsonl
  kilostep export nightly --journal runs.db --answers --output train.jsonl`,
    )
    .action(async (run: string, options: ExportOptions) => {
      const { exported } = await import('../journal/export-run.ts')
      io.exitWith(await exported(run, options, io))
    })
}
