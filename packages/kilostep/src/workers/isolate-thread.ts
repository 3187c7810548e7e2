import { Worker } from 'node:worker_threads'
import { failureOf } from '../failure.ts'
import { inheritedArguments } from './inherited-arguments.ts'
import { insideUrl, type OpenChannel } from './isolate-channel.ts'
import type { FromIsolate } from './isolate-messages.ts'

/** A thread: starts in some 30 ms and shares memory limits and environment with this process. */
export const openThread: OpenChannel = (listener) => {
  const thread = new Worker(insideUrl, {
    // Flags are inherited by themselves, and some may not be given; but this one makes every file fail to load.
    ...(process.execArgv.some((arg) => arg.startsWith('--input-type')) && { execArgv: inheritedArguments() }),
  })
  let why: string | undefined
  thread.on('message', (message: FromIsolate) => listener.message(message))
  thread.on('error', (error) => {
    why = failureOf(error).message
  })
  thread.on('exit', (code) => listener.died(why ?? `It exited with code ${code}.`))
  thread.unref()
  return {
    post: (message) => thread.postMessage(message),
    hold: (held) => (held ? thread.ref() : thread.unref()),
    end: () => void thread.terminate(),
  }
}
