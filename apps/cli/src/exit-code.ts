/** What the command's exit codes mean. They are part of its interface: scripts and CI decide by them. */
export const exitCode = {
  succeeded: 0,
  /** The run failed, or fell short of its target. */
  failed: 1,
  /** Wrong usage, or a plan or file that cannot be used: nothing was run. */
  usage: 2,
  /** Trials that do not tell good from bad. */
  inconclusive: 3,
  interrupted: 130,
} as const
