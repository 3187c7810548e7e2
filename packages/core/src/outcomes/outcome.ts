/** How one trial of one case ended, wherever it was made. */
export interface Outcome {
  readonly case: string
  readonly trial: string
  readonly passed: boolean
}
