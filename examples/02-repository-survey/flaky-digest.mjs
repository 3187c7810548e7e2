// Answers the digest of a file. The first time it fails for about one file in four – always the same ones, so that the
// run is the same each time – and when it is asked again it works.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'

const [file = ''] = process.argv.slice(2)
const chance = createHash('sha256').update(file).digest()[0] / 256
if (chance < 0.25 && process.env.KILOSTEP_ATTEMPT === '1') {
  process.stderr.write('busy, come back later\n')
  process.exit(75)
}
process.stdout.write(createHash('sha256').update(readFileSync(file)).digest('hex'))
