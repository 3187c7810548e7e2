import { createHash } from 'node:crypto'

/** What happened in a simulated run, line by line: two runs are the same when their traces are. */
export class Trace {
  readonly #hash = createHash('sha256')
  readonly #lines: string[] | undefined
  #digest: string | undefined

  /** @param keep whether the lines can be read afterwards, and not only compared. */
  constructor(keep: boolean) {
    this.#lines = keep ? [] : undefined
  }

  add(line: string): void {
    this.#hash.update(line)
    this.#hash.update('\n')
    this.#lines?.push(line)
  }

  get lines(): readonly string[] {
    return this.#lines ?? []
  }

  digest(): string {
    this.#digest ??= this.#hash.digest('hex').slice(0, 16)
    return this.#digest
  }
}
