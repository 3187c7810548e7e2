import { isAbsolute } from 'node:path'
import { parseOptions } from '@kilostep/core'
import { type ToolSet, tool } from 'ai'
import { type PassedVariables, passedEnvironment, runProgram, withoutSecrets } from 'kilostep'
import { z } from 'zod'
import { confinedPath } from './confined-path.ts'

export interface ShellToolOptions {
  /** The folder that programs run in. */
  readonly folder: string
  /**
   * The programs that may be run, by their names; there is no default. A program can do whatever it can do: one that
   * runs others (`sh`, `node`, `git`, `find`) is a permission for everything.
   */
  readonly programs: readonly string[]
  /** Variables of this process that programs get, beyond the harmless ones. Default: none, so no keys. */
  readonly passEnv?: PassedVariables
  /** How long one may take, in ms. Default 30,000. */
  readonly timeoutMs?: number
  /** The most output that is kept, in bytes. Default 65,536. */
  readonly maxOutputBytes?: number
}

const optionsSchema = z.strictObject({
  folder: z.string().min(1),
  programs: z.array(z.string().regex(/^[\w.+-]+$/, 'must be names of programs, without a path')).min(1),
  passEnv: z.union([z.literal('all'), z.array(z.string())]).optional(),
  timeoutMs: z.int().min(1).max(86_400_000).optional(),
  maxOutputBytes: z.int().min(1).max(1_073_741_824).optional(),
})

/**
 * A tool that runs programs in one folder: those that are named, without a shell, without keys in their environment.
 * Arguments that lead out of the folder are refused, as far as they can be seen to.
 *
 * @throws KilostepError `invalid-options`.
 */
export function shellTool(options: ShellToolOptions): ToolSet {
  const {
    folder,
    programs,
    passEnv = [],
    timeoutMs = 30_000,
    maxOutputBytes = 65_536,
  } = parseOptions(optionsSchema, options, 'shellTool')
  return {
    run_program: tool({
      description: `Runs a program in the folder and gives what it prints. There are: ${programs.join(', ')}.`,
      inputSchema: z.object({
        program: z.enum(programs as [string, ...string[]]),
        args: z.array(z.string().max(10_000)).max(1_000).default([]),
      }),
      execute: async ({ program, args }, { abortSignal }) => {
        abortSignal?.throwIfAborted()
        const cwd = await confinedPath(folder, '.')
        for (const arg of args) refuseWayOut(arg)
        const limit = AbortSignal.timeout(timeoutMs)
        const { exitCode, stdout, stderr, overLimit } = await runProgram({
          program,
          args,
          cwd,
          env: passedEnvironment(passEnv),
          stdin: undefined,
          keepOutput: true,
          maxOutputBytes,
          verbatim: false,
          signal: abortSignal === undefined ? limit : AbortSignal.any([abortSignal, limit]),
          graceMs: 1_000,
        })
        if (limit.aborted) throw new Error(`${program} was not done within ${timeoutMs} ms.`)
        const text = withoutSecrets([stdout, stderr].map((part) => part.toString()).join(''))
        const over = overLimit ? `\n(ended: more than ${maxOutputBytes} bytes)` : ''
        return exitCode === 0 ? text + over : `${text}${over}\n(exit code ${exitCode ?? 'none'})`
      },
    }),
  }
}

function refuseWayOut(arg: string): void {
  const value = arg.startsWith('-') && arg.includes('=') ? arg.slice(arg.indexOf('=') + 1) : arg
  const leads = isAbsolute(value) || value.startsWith('~') || value.split(/[\\/]/).includes('..')
  if (leads) throw new Error(`The argument ${JSON.stringify(arg.slice(0, 200))} leads out of the folder.`)
}
