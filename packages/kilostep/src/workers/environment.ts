import { quote } from '@kilostep/core'
import { AttemptError } from '../failure.ts'
import type { AttemptContext } from '../worker.ts'
import { asText } from './argument.ts'
import { onWindows } from './process-tree.ts'

/** Which variables of this process a command gets beyond the harmless ones: these, or all. */
export type PassedVariables = readonly string[] | 'all'

// What programs need in order to be found and to find their files. None of it is a secret, as API keys are.
const harmless = new Set(
  (onWindows
    ? 'PATH PATHEXT COMSPEC SYSTEMROOT SYSTEMDRIVE WINDIR TEMP TMP APPDATA LOCALAPPDATA PROGRAMDATA PROGRAMFILES PROGRAMFILES(X86) PROGRAMW6432 HOMEDRIVE HOMEPATH USERPROFILE USERNAME NUMBER_OF_PROCESSORS PROCESSOR_ARCHITECTURE OS'
    : 'PATH HOME USER LOGNAME SHELL LANG LANGUAGE TZ TERM TMPDIR XDG_CONFIG_HOME XDG_CACHE_HOME XDG_DATA_HOME XDG_RUNTIME_DIR SSL_CERT_FILE SSL_CERT_DIR NODE_EXTRA_CA_CERTS'
  ).split(' '),
)
const soundsSecret = /key|token|secret|passw|passphrase|_pwd$|credential|auth|cookie|dsn|_url$|_uri$/i
const shortestSecret = 6

/** The part of this process's environment that a command gets. */
export function passedEnvironment(passed: PassedVariables): Record<string, string> {
  const named = new Set(passed === 'all' ? [] : passed.map(plain))
  const result: Record<string, string> = {}
  for (const [name, value] of Object.entries(process.env)) {
    if (value === undefined) continue
    const key = plain(name)
    // A field of the input that is not there must not seem to be there because the host has such a variable.
    if (/^(INPUT|KILOSTEP)(_|$)/.test(key)) continue
    if (passed === 'all' || harmless.has(key) || key.startsWith('LC_') || named.has(key)) result[name] = value
  }
  return result
}

/** What a command is told of its attempt. */
export function attemptVariables(context: AttemptContext): Record<string, string> {
  return {
    KILOSTEP_RUN: context.run,
    KILOSTEP_SUBTASK: context.subtask,
    KILOSTEP_ATTEMPT: String(context.attempt),
    KILOSTEP_IDEMPOTENCY_KEY: context.idempotencyKey,
    KILOSTEP_REASON: (context.reason ?? '').replaceAll('\0', ''),
  }
}

/**
 * The fields of the input as variables: `{ "file": "a.txt" }` as `INPUT_FILE`. Always with that prefix, so that no
 * input can set PATH or LD_PRELOAD. An input that has no fields is `INPUT`.
 *
 * @throws AttemptError `invalid-input` where two fields would have one name.
 */
export function inputVariables(input: unknown): Record<string, string> {
  if (input === undefined || input === null) return {}
  if (typeof input !== 'object' || Array.isArray(input)) return { INPUT: asText(input, 'INPUT') }
  const result: Record<string, string> = {}
  for (const [field, value] of Object.entries(input)) {
    if (value === undefined || value === null) continue
    const name = `INPUT_${field.toUpperCase().replaceAll(/[^A-Z0-9_]/g, '_')}`
    if (Object.hasOwn(result, name)) {
      throw new AttemptError(
        `Two fields of the input, one of them ${quote(field)}, would both be ${name}. Rename one, or write the command as a list with {${field}} in it.`,
        { kind: 'flagged', code: 'invalid-input', retryable: false },
      )
    }
    result[name] = asText(value, field)
  }
  return result
}

/** A text without the values of variables that sound like secrets. */
export function withoutSecrets(text: string): string {
  let result = text
  for (const [name, value] of Object.entries(process.env)) {
    if (value === undefined || value.length < shortestSecret || !soundsSecret.test(name)) continue
    result = result.replaceAll(value, `[${name}]`)
  }
  return result
}

function plain(name: string): string {
  return onWindows ? name.toUpperCase() : name
}
