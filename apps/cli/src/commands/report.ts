import type { Command } from 'commander'
import type { Io } from '../io.ts'
import type { OutcomesFlags } from '../outcomes/show-outcomes.ts'
import type { ReportOptions } from '../report-file/show-report.ts'

/** `kilostep report`: the report of earlier runs. */
export function addReport(program: Command, io: Io): void {
  program
    .command('report')
    .summary('show the report of an earlier run again, or over several')
    .description(
      'Shows the report of a run from the file of its --events or --report. Of events the report is made anew and\n' +
        'comes out the same; that works for a run that has not ended, too. Several files give one report over all runs.\n\n' +
        'With --outcomes: what trials come to that were made anywhere, case by case: pass^k, pass@k, weakest cases.',
    )
    .argument('[files...]', 'files written by run with --events or --report')
    .option(
      '--outcomes <file>',
      'instead: outcomes recorded elsewhere, as JSON Lines or CSV with case, trial, passed',
    )
    .option('--fields <names>', 'how that file calls them: case=task_id,passed=reward')
    .option('--json', 'print the report as one JSON document')
    .option('--html <file>', 'write the report as one page with pictures')
    .option('--markdown <file>', "write the report as Markdown, for a job's summary")
    .option('--junit <file>', 'write the report as JUnit XML, for CI systems')
    .addHelpText(
      'after',
      `
Examples:
  kilostep report events.jsonl
  kilostep report nightly/*.json --json
  kilostep report --outcomes trajectories.jsonl

Exit codes: 0 read, whatever the report says; 2 a file cannot be used.`,
    )
    .action(async (files: string[], options: ReportOptions & Partial<OutcomesFlags>) => {
      const { outcomes, fields } = options
      if (outcomes !== undefined) {
        const { showOutcomes } = await import('../outcomes/show-outcomes.ts')
        io.exitWith(await showOutcomes({ ...options, outcomes }, files, io))
        return
      }
      if (files.length === 0 || fields !== undefined) {
        const { KilostepError } = await import('@kilostep/core')
        throw new KilostepError(
          'usage',
          files.length === 0
            ? 'Give the files of runs, or --outcomes with one that was recorded elsewhere.'
            : '--fields is for --outcomes.',
        )
      }
      const { showReport } = await import('../report-file/show-report.ts')
      io.exitWith(await showReport(files, options, io))
    })
}
