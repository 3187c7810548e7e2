import type { Command } from 'commander'
import type { Io } from '../io.ts'
import { isTask } from '../task/flags.ts'
import { addTaskOptions } from '../task/options.ts'

/** `kilostep run`: executes a plan. */
export function addRun(program: Command, io: Io): void {
  const command = program
    .command('run')
    .summary('execute a plan and report its compound success')
    .description(
      'Executes a plan: a YAML or JSON file that brings its workers along, or a module whose export is a plan.\n' +
        'Given a task in words and --model, has the model split it first. The report goes to standard output, progress and\n' +
        'what workers print to standard error.',
    )
    .argument('<plan>', 'plan.yaml, plan.json, plan.ts, - for standard input, or a task in words')
    .option('--allow-commands', 'let the plan run the commands that it names')
    .option('--pass-env <names>', 'variables that its commands get beyond PATH and such: A,B or all')
    .option('--concurrency <number>', 'how many attempts may run at once (default: 16)')
    .option('--timeout <time>', 'time limit of the whole run: 90s, 5m')
    .option('--budget-attempts <number>', 'the most attempts that may be made')
    .option(
      '--budget-usd <amount>',
      'the most US dollars that may be spent, where workers declare their cost',
    )
    .option('--budget-tokens <number>', 'the same for tokens')
    .option('--target <probability>', 'the compound success asked for, like 0.9; falling short exits with 1')
    .option('--no-learn', 'with --journal: neither start from what earlier runs learned nor add to it')
    .option(
      '--stop-on-failure',
      'stop the run when a subtask fails for good, instead of going on with the rest',
    )
    .option('--seed <seed>', 'repeat the draws of an earlier run')
    .option('--journal <file>', 'write the run down as it goes, so that it can be resumed after a crash')
    .option('--run <id>', 'how to call the run in the journal (default: a new UUID)')
    .option('--grace <time>', 'with a journal: how long attempts may take to end after Ctrl-C (default: 10s)')
    .option('--export <name>', 'which export of a module is the plan (default: "default")')
    .option('--json', 'print the report as one JSON document and nothing else')
    .option('--events <file>', 'write every event as it happens, as JSON Lines')
    .option('--report <file>', 'write the report as JSON')
    .option('--html <file>', 'write the report as one page with pictures')
    .option('--markdown <file>', "write the report as Markdown, for a job's summary")
    .option('--junit <file>', 'write the report as JUnit XML, for CI systems')
    .option('--output <file>', "write the plan's answer as JSON")
    .option('-q, --quiet', 'show no progress')
  addTaskOptions(command)
    .option(
      '--replan <number>',
      'how often the model may put another way in the place of what failed (default: 2)',
    )
    .addHelpText('after', examples)
    .action(async (plan: string, options: unknown) => {
      if (isTask(plan)) {
        const { runTask } = await import('../task/run-task.ts')
        io.exitWith(await runTask(plan, options, io))
        return
      }
      const { runPlan } = await import('../run/run-plan.ts')
      io.exitWith(await runPlan(plan, options, io))
    })
}

const examples = `
Examples:
  kilostep run plan.yaml --allow-commands
  kilostep run plan.ts --concurrency 64 --target 0.9 --budget-usd 5
  kilostep run plan.yaml --json > report.json
  kilostep run plan.yaml --events events.jsonl --timeout 10m
  kilostep run plan.yaml --journal runs.db --run nightly
  make-plan | kilostep run -
  kilostep run "Compare these licences" --given licences.json --model openai:gpt-5-mini
  kilostep run plan.json --model openai:gpt-5-mini      a plan that plan --save has written

Exit codes: 0 succeeded, 1 failed or fell short of the target, 2 wrong usage or invalid plan, 130 interrupted (143 by SIGTERM).`
