import type { Command } from 'commander'
import type { Io } from '../io.ts'
import type { TrendFlags } from '../trial/show-trend.ts'

/** `kilostep trend`: how a gate did over releases. */
export function addTrend(program: Command, io: Io): void {
  program
    .command('trend')
    .summary('show how a gate did over releases')
    .description(
      'Shows the results of a gate over releases, in the order in which the files are given: oldest first.',
    )
    .argument('<files...>', 'files written by trial with --save; each is called by its name')
    .option('--svg <file>', 'write it as a picture')
    .option('--markdown <file>', "write it as Markdown, for a job's summary")
    .addHelpText(
      'after',
      `
Examples:
  kilostep trend results/v1.json results/v2.json results/v3.json --svg trend.svg

Exit codes: 0 shown, whatever the verdicts; 2 a file cannot be used.`,
    )
    .action(async (files: string[], flags: TrendFlags) => {
      const { showTrend } = await import('../trial/show-trend.ts')
      io.exitWith(await showTrend(files, flags, io))
    })
}
