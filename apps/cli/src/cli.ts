import { Command, CommanderError } from 'commander'
import { useColor } from './color.ts'
import { addApprove } from './commands/approve.ts'
import { addDemo } from './commands/demo.ts'
import { addExport } from './commands/export.ts'
import { addFork } from './commands/fork.ts'
import { addPlan } from './commands/plan.ts'
import { addPredict } from './commands/predict.ts'
import { addReplay } from './commands/replay.ts'
import { addReport } from './commands/report.ts'
import { addResume } from './commands/resume.ts'
import { addRun } from './commands/run.ts'
import { addRuns } from './commands/runs.ts'
import { addSchema } from './commands/schema.ts'
import { addShow } from './commands/show.ts'
import { addSimModel } from './commands/sim-model.ts'
import { addTrend } from './commands/trend.ts'
import { addTrial } from './commands/trial.ts'
import { exitCode } from './exit-code.ts'
import type { Io } from './io.ts'
import { ownVersion } from './process-io.ts'

/** Runs the command with these arguments; says through `io.exitWith` how it ended and never rejects. */
export async function runCli(args: readonly string[], io: Io): Promise<void> {
  try {
    await command(io).parseAsync(args, { from: 'user' })
  } catch (error) {
    if (error instanceof CommanderError) {
      // Commander has said what is wrong; help that was asked for is no error.
      io.exitWith(error.exitCode === 0 ? exitCode.succeeded : exitCode.usage)
      return
    }
    const { showError } = await import('./show-error.ts')
    io.exitWith(showError(error, io))
  }
}

function command(io: Io): Command {
  const program = new Command('kilostep')
    .description(
      'Splits a task into subtasks, executes them with retries and checks, and reports the compound success:\n' +
        'the chance that every subtask is right.',
    )
    .version(ownVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .showHelpAfterError('\nSay --help to see what can be said.')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      getOutHelpWidth: () => io.stdout.columns,
      getErrHelpWidth: () => io.stderr.columns,
      getOutHasColors: () => useColor(io.stdout, io.env),
      getErrHasColors: () => useColor(io.stderr, io.env),
      outputError: (text, write) => write(text.replace(/^error: /, 'kilostep: ')),
    })
    .addHelpText('after', examples)
  for (const add of [
    addRun,
    addResume,
    addRuns,
    addShow,
    addApprove,
    addFork,
    addReplay,
    addExport,
    addPlan,
    addPredict,
    addTrial,
    addTrend,
    addReport,
    addSchema,
    addDemo,
    addSimModel,
  ])
    add(program, io)
  return program
}

const examples = `
Examples:
  kilostep demo ledger                 see what it is for, in ten seconds
  kilostep run plan.yaml               execute a plan and report
  kilostep plan plan.yaml              check a plan and show it without running it
  kilostep predict plan.yaml           say what it would come to, and cost, before it runs
  kilostep trial plan.yaml --good 0.9 --bad 0.7  try it until it is known which of the two it is
  kilostep report events.jsonl         the report of an earlier run again

Exit codes: 0 succeeded, 1 failed or fell short of the target, 2 wrong usage or invalid plan,
3 a trial without a verdict, 130 interrupted.`
