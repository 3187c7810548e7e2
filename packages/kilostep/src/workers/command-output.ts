import { AttemptError } from '../failure.ts'

/** What is made of a command's standard output. */
export type CommandOutput = 'text' | 'lines' | 'json' | 'none'

/** The type of the answer that goes with it. */
export type CommandAnswer<Output extends CommandOutput> = Output extends 'text'
  ? string
  : Output extends 'lines'
    ? string[]
    : Output extends 'none'
      ? null
      : unknown

/**
 * The answer in a standard output. The newline at its end is cut.
 *
 * @throws AttemptError `invalid-output` where it is not UTF-8, or not JSON.
 */
export function readOutput(stdout: Buffer, output: CommandOutput): unknown {
  if (output === 'none') return null
  const text = decode(stdout).replace(/\r?\n$/, '')
  if (output === 'text') return text
  if (output === 'lines') return text === '' ? [] : text.split(/\r?\n/)
  try {
    return JSON.parse(text)
  } catch (error) {
    const why = text === '' ? 'it is empty' : (error as Error).message
    throw invalid(`The command's standard output is not JSON: ${why}.`)
  }
}

function decode(stdout: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(stdout)
  } catch {
    throw invalid(
      "The command's standard output is not UTF-8. Have it write to a file, with `output: none`, or encode it, say as Base64.",
    )
  }
}

function invalid(message: string): AttemptError {
  return new AttemptError(message, { kind: 'flagged', code: 'invalid-output' })
}
