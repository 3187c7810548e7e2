import type { Command } from 'commander'
import type { Io } from '../io.ts'

/** `kilostep fork`: a new run from the middle of another. */
export function addFork(program: Command, io: Io): void {
  program
    .command('fork')
    .summary('start a run from the middle of another, to try a worker that was mended')
    .description(
      'Starts a new run that keeps the answers of another: all that neither the subtask of --from nor anything that\n' +
        'had failed or was still to do could have changed. The rest is done anew, with the workers as they are now.',
    )
    .argument('<run>', 'the run to start from, as "kilostep runs" lists it')
    .argument('[plan]', 'its plan: needed where the plan is a module, otherwise a check that it is the same')
    .requiredOption(
      '--from <subtask>',
      'the subtask that is done anew, with all that depends on it: read-3, pages[7]',
    )
    .requiredOption('--journal <file>', 'the journal that holds it')
    .option('--run <id>', 'how to call the new run (default: a new UUID)')
    .option('--allow-commands', 'let the plan run the commands that it names')
    .option('--pass-env <names>', 'variables that its commands get beyond PATH and such: A,B or all')
    .option('--concurrency <number>', 'how many attempts may run at once (default: 16)')
    .option('--timeout <time>', "time limit of the whole run, in place of the other run's: 90s, 5m")
    .option(
      '--budget-attempts <number>',
      "the most attempts that may be made, in place of the other run's budget",
    )
    .option('--budget-usd <amount>', 'the same in US dollars, where workers declare their cost')
    .option('--budget-tokens <number>', 'the same for tokens')
    .option('--seed <seed>', "draw otherwise than the other run did (default: the other run's seed)")
    .option('--grace <time>', 'how long attempts may take to end after Ctrl-C (default: 10s)')
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
  kilostep fork nightly plan.ts --from summarise --journal runs.db
  kilostep fork nightly --from "pages[317]" --journal runs.db --run nightly-2

Exit codes: 0 succeeded, 1 failed or fell short of the target, 2 wrong usage or nothing to fork, 130 interrupted.`,
    )
    .action(async (run: string, plan: string | undefined, options: unknown) => {
      const { forkRun } = await import('../journal/resume-run.ts')
      io.exitWith(await forkRun(run, plan, options, io))
    })
}
