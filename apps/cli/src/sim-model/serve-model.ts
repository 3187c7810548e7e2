import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { counted, KilostepError, quote } from '@kilostep/core'
import { type ModelServerOptions, type ModelServerTally, modelServer } from '@kilostep/testing'
import { exitCode } from '../exit-code.ts'
import type { Io } from '../io.ts'
import { readText } from '../plan-file/read-text.ts'
import { readSimModelFlags } from './flags.ts'

/** Serves a model for tests until it is interrupted. */
export async function serveModel(given: unknown, io: Io): Promise<number> {
  const { json, answers, server: options } = readSimModelFlags(given)
  const answer = answers === undefined ? undefined : await answersOf(answers, io)
  const server = await modelServer({ ...options, ...(answer === undefined ? undefined : { answer }) })
  io.stdout.write(json ? `${JSON.stringify({ url: server.url })}\n` : welcome(server.url))
  await new Promise<void>((stop) => {
    const forget = io.onInterrupt(() => {
      forget()
      stop()
    })
  })
  await server.close()
  const tally = { ...server.tally, peak: server.peak }
  io.stdout.write(json ? `${JSON.stringify(tally)}\n` : `\n${summary(server.tally)}`)
  return exitCode.succeeded
}

function welcome(url: string): string {
  return `A simulated model is at ${url}

  as a model of Kilostep    ${url}#sim
  for OpenAI's clients      OPENAI_BASE_URL=${url} OPENAI_API_KEY=none
  what it has done          ${url.replace(/\/v1$/, '/sim/tally')}

Ctrl-C ends it.
`
}

function summary(tally: ModelServerTally): string {
  const { requests, answered, wrong, limited, inputTokens, outputTokens } = tally
  const faults = Object.entries(tally.faults).map(([name, times]) => `${name} ${times}`)
  return [
    `${counted(requests, 'request')}: ${answered} answered, ${wrong} of them wrong, ${limited} over a limit`,
    ...(faults.length === 0 ? [] : [`Faults: ${faults.join(', ')}`]),
    `${counted(inputTokens + outputTokens, 'token')}: ${inputTokens} in, ${outputTokens} out`,
    '',
  ].join('\n')
}

/** What it says: a list in a JSON file, or the function or list that a module exports as `default` or `answer`. */
async function answersOf(file: string, io: Io): Promise<NonNullable<ModelServerOptions['answer']>> {
  const path = resolve(io.folder, file)
  if (/\.[cm]?[jt]s$/.test(file)) {
    const loaded = (await load(path, file)) as Record<string, unknown>
    const answer = loaded['answer'] ?? loaded['default']
    if (typeof answer === 'function' || Array.isArray(answer)) return answer as never
    throw new KilostepError(
      'answers',
      `${quote(file)} must export a function or a list, as "default" or "answer".`,
    )
  }
  let list: unknown
  try {
    list = JSON.parse(await readText(file, io.folder, 64 * 1_048_576))
  } catch (error) {
    if (error instanceof KilostepError) throw error
    throw new KilostepError('answers', `${quote(file)} is not JSON: ${(error as Error).message}`)
  }
  if (!Array.isArray(list) || list.length === 0)
    throw new KilostepError('answers', `${quote(file)} must hold a list of one or more answers.`)
  // A text is said as it is, a reply of its own form too, and any other data as JSON.
  return list.map((item: unknown) =>
    typeof item === 'string' || isReply(item) ? item : { json: item },
  ) as never
}

function isReply(item: unknown): boolean {
  if (item === null || typeof item !== 'object') return false
  const [key, ...more] = Object.keys(item)
  return more.length === 0 && ['text', 'json', 'toolCalls', 'fault'].includes(key ?? '')
}

async function load(path: string, file: string): Promise<unknown> {
  try {
    return await import(pathToFileURL(path).href)
  } catch (error) {
    throw new KilostepError('answers', `${quote(file)} cannot be loaded: ${(error as Error).message}`)
  }
}
