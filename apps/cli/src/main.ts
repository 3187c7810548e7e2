#!/usr/bin/env node
import { ownVersion, processIo } from './process-io.ts'

const args = process.argv.slice(2)
const io = processIo()
if (args.length === 1 && (args[0] === '--version' || args[0] === '-V')) {
  // Asked for by scripts that wait for it: nothing is loaded for that.
  io.stdout.write(`${ownVersion()}\n`)
} else {
  const { runCli } = await import('./cli.ts')
  await runCli(args, io)
}
// Whatever a worker left behind must not keep the command from ending.
process.exit(await io.finish())
