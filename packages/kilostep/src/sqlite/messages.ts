import type { KeptReport } from '../journal.ts'
import type { FileOptions } from './database.ts'
import type { PackedRows } from './rows.ts'

/** What the writing thread is started with. */
export interface WriterData {
  readonly path: string
  readonly options: FileOptions
}

/** Events of one run that become durable together. */
export interface Append {
  readonly type: 'append'
  readonly run: string
  /** How many events the log has before these. */
  readonly from: number
  readonly rows: PackedRows
  /** Where these are the first events of a new run. */
  readonly begin?: { readonly plan: string; readonly startedAt: number }
}

/** The run may go to another host. */
export interface Release {
  readonly type: 'release'
  readonly run: string
}

/** The report of a run that has ended. */
export interface Keep {
  readonly type: 'keep'
  readonly run: string
  readonly report: KeptReport
}

/** A decision for the run, whoever has it. */
export interface Decide {
  readonly type: 'decide'
  readonly run: string
  readonly subtask: string
  /** As JSON. */
  readonly decision: string
}

/** Decisions that were heeded. */
export interface Forget {
  readonly type: 'forget'
  readonly run: string
  readonly ids: readonly number[]
}

export interface Delete {
  readonly type: 'delete'
  readonly run: string
}

export type Work = Append | Keep | Decide | Forget | Release | Delete

/** Why one piece of work was not done; null where it was. */
export type WorkFault = { readonly code: string; readonly message: string } | null

/** Everything in one message to the thread is one transaction, and so is its answer. */
export type ToWriter = readonly Work[]
export type FromWriter = readonly WorkFault[]
