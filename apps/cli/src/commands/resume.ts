import type { Command } from 'commander'
import type { Io } from '../io.ts'

/** `kilostep resume`: goes on with a run. */
export function addResume(program: Command, io: Io): void {
  program
    .command('resume')
    .summary('go on with a run that was interrupted')
    .description(
      'Goes on with a run of "run --journal" whose process has ended, where it was: what is done is not done again,\n' +
        'and its budget, time limit and seed hold. A run that has ended only gives its report again.',
    )
    .argument('<run>', 'its id, as "kilostep runs" lists it')
    .argument('[plan]', 'its plan: needed where the plan is a module, otherwise a check that it is the same')
    .requiredOption('--journal <file>', 'the journal that holds it')
    .option('--allow-commands', 'let the plan run the commands that it names')
    .option('--pass-env <names>', 'variables that its commands get beyond PATH and such: A,B or all')
    .option('--concurrency <number>', 'how many attempts may run at once (default: 16)')
    .option('--grace <time>', 'with a journal: how long attempts may take to end after Ctrl-C (default: 10s)')
    .option('--export <name>', 'which export of a module is the plan (default: "default")')
    .option('--json', 'print the report as one JSON document and nothing else')
    .option('--events <file>', 'write every event, from the first on, as JSON Lines')
    .option('--report <file>', 'write the report as JSON')
    .option('--html <file>', 'write the report as one page with pictures')
    .option('--markdown <file>', "write the report as Markdown, for a job's summary")
    .option('--junit <file>', 'write the report as JUnit XML, for CI systems')
    .option('--output <file>', "write the plan's answer as JSON")
    .option('-q, --quiet', 'show no progress')
    .option('--model <model>', 'the model that its general workers and its planner are on')
    .option('--price <in,out>', 'what a million tokens of the model cost, in US dollars: 0.25,2')
    .option('--workers <file>', 'a module that exports its workers')
    .addHelpText(
      'after',
      `
Examples:
  kilostep resume nightly --journal runs.db --allow-commands
  kilostep resume nightly plan.ts --journal runs.db

Exit codes: 0 succeeded, 1 failed or fell short of the target, 2 wrong usage or nothing to resume, 130 interrupted (143 by SIGTERM).`,
    )
    .action(async (run: string, plan: string | undefined, options: unknown) => {
      const { resumeRun } = await import('../journal/resume-run.ts')
      io.exitWith(await resumeRun(run, plan, options, io))
    })
}
