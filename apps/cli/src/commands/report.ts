import type { Command } from 'commander'
import type { Io } from '../io.ts'
import type { ReportOptions } from '../report-file/show-report.ts'

/** `kilostep report`: the report of earlier runs. */
export function addReport(program: Command, io: Io): void {
  program
    .command('report')
    .summary('show the report of an earlier run again, or over several')
    .description(
      'Shows the report of a run from the file of its --events or --report. Of events the report is made anew and\n' +
        'comes out the same; that works for a run that has not ended, too. Several files give one report over all runs.',
    )
    .argument('<files...>', 'files written by run with --events or --report')
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

Exit codes: 0 read, whatever the report says; 2 a file cannot be used.`,
    )
    .action(async (files: string[], options: ReportOptions) => {
      const { showReport } = await import('../report-file/show-report.ts')
      io.exitWith(await showReport(files, options, io))
    })
}
