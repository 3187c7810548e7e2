import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { KilostepError, quote } from '@kilostep/core'
import { AttemptError } from '../failure.ts'
import { versionOfParts } from '../learn.ts'
import { type AttemptContext, defineWorker, type Worker, type WorkerOptions } from '../worker.ts'
import { fillArgument, placesIn } from './argument.ts'
import { type CommandAnswer, type CommandOutput, readOutput } from './command-output.ts'
import { attemptVariables, inputVariables, type PassedVariables, passedEnvironment } from './environment.ts'
import { errorTail } from './error-tail.ts'
import { onWindows } from './process-tree.ts'
import { type ProgramEnd, runProgram } from './program.ts'

/** What every worker may say of its limits. */
export type LimitOptions = Pick<
  WorkerOptions<unknown, unknown>,
  'description' | 'policy' | 'concurrency' | 'rate' | 'effects' | 'redact' | 'cost'
>

export interface CommandOptions<Output extends CommandOutput = CommandOutput> extends LimitOptions {
  readonly name: string
  /**
   * A list is a program and its arguments, and no shell sees it: `{name}` or `{a.b}` in an argument is replaced by that
   * part of the input, and `{{name}}` stands for the text `{name}`. Where no argument has a place, the input is on
   * standard input, as JSON. A value may begin with `-`: write `--` before it where the program understands that.
   *
   * A text is run by the shell (`/bin/sh`, or `cmd` on Windows), and no input is ever put into it: the fields of the
   * input are in variables (`file` in `INPUT_FILE`), the whole of it is on standard input, as JSON. Write
   * `"$INPUT_FILE"` with its quotes, and `!INPUT_FILE!` on Windows.
   */
  readonly command: readonly string[] | string
  /** Where it runs. Default: the current folder. */
  readonly cwd?: string
  /** What is made of its standard output. Default `text`. */
  readonly output?: Output
  /**
   * Variables of this process that it gets beyond those every program needs (PATH, HOME, LANG and such). Default: none,
   * so that API keys reach only what they are meant for. `all` passes everything.
   */
  readonly env?: PassedVariables
}

/**
 * A worker that runs a program. The attempt fails when the exit code is not 0; `KILOSTEP_ATTEMPT`, `_REASON`,
 * `_IDEMPOTENCY_KEY`, `_RUN` and `_SUBTASK` tell the program of it. When it is to stop, the program and all that it has
 * started are ended: SIGTERM, then SIGKILL after half the grace; what it leaves running when it ends is ended as well.
 *
 * @throws KilostepError `invalid-worker` with everything that is wrong with the options.
 */
export function commandWorker<Input = unknown, const Output extends CommandOutput = 'text'>(
  options: CommandOptions<Output>,
): Worker<Input, CommandAnswer<Output>> {
  const { command, cwd = '.', output = 'text', env = [], ...rest } = options
  const faults = commandFaults(command)
  if (!['text', 'lines', 'json', 'none'].includes(output))
    faults.push(`"output" must be text, lines, json or none, not ${quote(String(output))}.`)
  if (faults.length > 0) {
    const list = faults.map((message) => ({ code: 'worker', where: String(rest.name), message }))
    throw new KilostepError('invalid-worker', `Worker ${quote(String(rest.name))} cannot be used:`, list)
  }
  const folder = resolve(cwd)
  return defineWorker<unknown, unknown>({
    version: versionOfParts([JSON.stringify(command), output]),
    ...rest,
    run: (input, context) => runCommand(command, folder, output, env, input, context),
  }) as Worker<Input, CommandAnswer<Output>>
}

function commandFaults(command: unknown): string[] {
  if (typeof command === 'string') {
    const faults = command.trim() === '' ? ['"command" is empty.'] : []
    // cmd puts %NAME% in before it looks for & and |, so a value could start a program of its own.
    if (onWindows && /%INPUT/i.test(command))
      faults.push('Write !INPUT_NAME! instead of %INPUT_NAME%: cmd would run what is in the input.')
    return faults
  }
  if (!Array.isArray(command) || command.length === 0 || command.some((item) => typeof item !== 'string'))
    return ['"command" must be a text, or a list of texts whose first is the program.']
  if (command[0] === '') return ['"command" names no program.']
  if (placesIn(command[0]).length > 0)
    return [`The program ${quote(command[0])} must not depend on the input; only its arguments may.`]
  return []
}

async function runCommand(
  command: readonly string[] | string,
  cwd: string,
  output: CommandOutput,
  passed: PassedVariables,
  input: unknown,
  context: AttemptContext,
): Promise<unknown> {
  const { signal, maxAnswerBytes, graceMs } = context
  signal.throwIfAborted()
  const json = input === undefined ? undefined : `${JSON.stringify(input)}\n`
  const env = { ...passedEnvironment(passed), ...attemptVariables(context) }
  const common = { cwd, signal, graceMs, keepOutput: output !== 'none', maxOutputBytes: maxAnswerBytes }
  let name: string
  let end: ProgramEnd
  if (typeof command === 'string') {
    name = 'The command'
    const start = { ...common, ...shell(command), stdin: json, env: { ...env, ...inputVariables(input) } }
    end = await runProgram(start).catch((error) => cannotStart(error, name, cwd))
  } else {
    const [program = '', ...args] = command
    name = quote(program)
    const stdin = args.some((argument) => placesIn(argument).length > 0) ? undefined : json
    const filled = args.map((argument) => fillArgument(argument, input))
    const start = { ...common, program, args: filled, verbatim: false, stdin, env }
    end = await runProgram(start).catch((error) => cannotStart(error, name, cwd))
  }
  signal.throwIfAborted()
  return answerOf(end, name, output, maxAnswerBytes)
}

function shell(text: string): { program: string; args: string[]; verbatim: boolean } {
  if (!onWindows) return { program: '/bin/sh', args: ['-c', text], verbatim: false }
  const program = process.env['ComSpec'] ?? 'cmd.exe'
  return { program, args: ['/d', '/s', '/v:on', '/c', `"${text}"`], verbatim: true }
}

function answerOf(end: ProgramEnd, name: string, output: CommandOutput, maxBytes: number): unknown {
  const { exitCode, killedBy, overLimit } = end
  if (overLimit) {
    throw new AttemptError(
      `${name} wrote more than the ${maxBytes} bytes that an answer may have and was ended. Have it write to a file and answer its path, or raise maxAnswerBytes.`,
      { kind: 'flagged', code: 'answer-too-large' },
    )
  }
  if (exitCode === 0) return readOutput(end.stdout, output)
  const tail = errorTail(end.stderr)
  const said = tail === '' ? '.' : `: ${tail}`
  if (exitCode === null)
    throw new AttemptError(`${name} was ended by ${killedBy}${said}`, { code: `killed-${killedBy}` })
  // 127 and 126 are what shells and env say of a program that is not there or cannot be run; 9009 is cmd's.
  const missing = exitCode === 127 || (onWindows && exitCode === 9009)
  throw new AttemptError(`${name} ended with exit code ${exitCode}${said}`, {
    code: missing ? 'program-not-found' : exitCode === 126 ? 'program-not-executable' : `exit-${exitCode}`,
    retryable: !(missing || exitCode === 126),
  })
}

/** Why a program could not even be started, without its arguments, which may hold anything. */
async function cannotStart(error: unknown, name: string, cwd: string): Promise<never> {
  const { code } = error as NodeJS.ErrnoException
  const final = (failure: string, message: string): AttemptError =>
    new AttemptError(message, { code: failure, retryable: false })
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    const folder = await stat(cwd).catch(() => undefined)
    if (folder?.isDirectory() !== true)
      throw final('folder-not-found', `The folder ${quote(cwd)} in which ${name} is to run is not there.`)
    throw final(
      'program-not-found',
      `The program ${name} was not found. Install it, or give its path; PATH is searched.`,
    )
  }
  if (code === 'EACCES' || code === 'EPERM' || code === 'ENOEXEC')
    throw final('program-not-executable', `${name} may not be run (${code}). Make it executable: chmod +x.`)
  if (code === 'EINVAL' && onWindows)
    throw final(
      'program-not-executable',
      `${name} is a script of cmd (.bat, .cmd). Write the command as one text, which cmd runs.`,
    )
  if (code === 'E2BIG' || code === 'ENAMETOOLONG') {
    throw final(
      'input-too-large',
      `The input is too large for arguments and variables. Write the command of ${name} as a list without {places}: it then gets the input on its standard input.`,
    )
  }
  throw new AttemptError(`${name} could not be started (${code ?? 'unknown'}).`, {
    code: code ?? 'spawn-failed',
  })
}
