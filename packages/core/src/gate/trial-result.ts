/** What one trial came to, as the gate keeps it. */
export interface TrialResult {
  readonly passed: boolean
  /** Why it failed, or why its answer is no trial. */
  readonly message?: string
  /** Set where the answer was a cached one: why. */
  readonly repeated?: string
  /** Which input it had; undefined where all have the same. */
  readonly input?: number
  /** Whether every first attempt was right; undefined where nothing is known of attempts. */
  readonly firstAttempt?: boolean
  /** Which answer it gave: two trials of the same input with different answers disagree, even where both pass. */
  readonly answer?: string
  /** How often each subtask succeeded, and with its first attempt, of how often it was reached. */
  readonly subtasks?: readonly {
    readonly subtask: string
    readonly succeeded: number
    readonly first: number
    readonly of: number
  }[]
  /** How long it took. */
  readonly tookMs?: number
  readonly usd?: number
  readonly tokens?: number
  readonly attempts?: number
}
