/** Whole numbers in as few bytes as they need: seven bits a byte, the eighth says that there are more (LEB128). */
export class ByteWriter {
  bytes = new Uint8Array(256)
  length = 0

  byte(value: number): void {
    if (this.length === this.bytes.length) this.#resize(this.length * 2)
    this.bytes[this.length++] = value
  }

  /** From 0 to 2^53 − 1. */
  unsigned(value: number): void {
    let left = value
    while (left >= 128) {
      this.byte((left % 128) + 128)
      left = Math.floor(left / 128)
    }
    this.byte(left)
  }

  /** From −2^52 to 2^52, those near 0 in one byte. */
  signed(value: number): void {
    this.unsigned(value >= 0 ? value * 2 : -value * 2 - 1)
  }

  /** Nothing more will be written: gives back what is not needed. */
  fit(): void {
    this.#resize(this.length)
  }

  #resize(length: number): void {
    const next = new Uint8Array(length)
    next.set(this.bytes.subarray(0, this.length))
    this.bytes = next
  }
}

/** Reads what a {@link ByteWriter} holds, also what is written meanwhile. */
export class ByteReader {
  readonly #from: ByteWriter
  #place = 0

  constructor(from: ByteWriter) {
    this.#from = from
  }

  get done(): boolean {
    return this.#place >= this.#from.length
  }

  byte(): number {
    return this.#from.bytes[this.#place++] as number
  }

  unsigned(): number {
    let value = 0
    let scale = 1
    for (;;) {
      const byte = this.byte()
      if (byte < 128) return value + byte * scale
      value += (byte - 128) * scale
      scale *= 128
    }
  }

  signed(): number {
    const value = this.unsigned()
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }
}
