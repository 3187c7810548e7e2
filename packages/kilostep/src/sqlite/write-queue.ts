import { Worker } from 'node:worker_threads'
import { inheritedArguments } from '../workers/inherited-arguments.ts'
import type { FromWriter, Work, WorkFault, WriterData } from './messages.ts'

const threadUrl = new URL(
  `./writer-thread${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`,
  import.meta.url,
)

/** Work that is still to be sent, or is being done, with who is to be told. */
export interface Pending {
  readonly work: Work
  done(fault: WorkFault): void
}

/**
 * Group commit: what comes while a transaction is under way goes into the next. A thread does the writing, so that
 * nothing here ever waits for the disk.
 */
export class WriteQueue {
  readonly #data: WriterData
  #thread: Worker | undefined
  #next: Pending[] = []
  #underWay: readonly Pending[] = []
  #scheduled = false
  #idle: (() => void)[] = []

  constructor(data: WriterData) {
    this.#data = data
  }

  /** There will be work soon: a thread takes a while to start. */
  warm(): void {
    if (this.#thread !== undefined) return
    this.#thread = this.#start()
    this.#thread.unref()
  }

  add(pending: Pending): void {
    this.#next.push(pending)
    if (this.#scheduled || this.#underWay.length > 0) return
    this.#scheduled = true
    // Not at once: what happens in this turn of the event loop shares one transaction.
    setImmediate(() => {
      this.#scheduled = false
      this.#send()
    })
  }

  /** Whether work can still be added to what was added before: it has not been sent. */
  isOpen(pending: Pending): boolean {
    return this.#next.includes(pending)
  }

  /** Waits for all that was added, and ends the thread. */
  async close(): Promise<void> {
    if (this.#next.length > 0 || this.#underWay.length > 0) {
      await new Promise<void>((resolve) => this.#idle.push(resolve))
    }
    const thread = this.#thread
    if (thread === undefined) return
    this.#thread = undefined
    thread.ref()
    const ended = new Promise((resolve) => thread.once('exit', resolve))
    thread.postMessage('close')
    await ended
  }

  #send(): void {
    if (this.#underWay.length > 0 || this.#next.length === 0) return
    this.#underWay = this.#next
    this.#next = []
    this.#thread ??= this.#start()
    this.#thread.ref()
    this.#thread.postMessage(this.#underWay.map(({ work }) => work))
  }

  #start(): Worker {
    const thread = new Worker(threadUrl, {
      workerData: this.#data,
      name: 'kilostep-journal',
      // Flags are inherited by themselves, and some may not be given; but this one makes every file fail to load.
      ...(process.execArgv.some((arg) => arg.startsWith('--input-type')) && {
        execArgv: inheritedArguments(),
      }),
    })
    let why = 'the thread that writes it has ended'
    thread.on('message', (faults: FromWriter) => this.#done(faults))
    thread.on('error', (error) => {
      why = error instanceof Error ? error.message : String(error)
    })
    thread.on('exit', () => {
      if (this.#thread !== thread) return
      this.#thread = undefined
      const message = `The journal ${this.#data.path} cannot be written: ${why}.`
      this.#done(this.#underWay.map(() => ({ code: 'journal-failed', message })))
    })
    return thread
  }

  #done(faults: FromWriter): void {
    const ended = this.#underWay
    this.#underWay = []
    for (let i = 0; i < ended.length; i++) (ended[i] as Pending).done(faults[i] ?? null)
    if (this.#next.length > 0) {
      if (!this.#scheduled) {
        this.#scheduled = true
        setImmediate(() => {
          this.#scheduled = false
          this.#send()
        })
      }
      return
    }
    this.#thread?.unref()
    const idle = this.#idle
    this.#idle = []
    for (const resolve of idle) resolve()
  }
}
