// Answers the paths of TypeScript sources below a folder, in a fixed order. Needs no git: a tarball has none.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'

const [folder = '.', most = '100'] = process.argv.slice(2)
const passedOver = new Set(['node_modules', 'dist', 'coverage', 'assets'])

const walk = (path) =>
  readdirSync(path, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      if (entry.name.startsWith('.') || passedOver.has(entry.name)) return []
      const inner = join(path, entry.name)
      if (entry.isDirectory()) return walk(inner)
      return entry.name.endsWith('.ts') ? [inner.replaceAll('\\', '/')] : []
    })

const files = ['packages', 'apps'].flatMap((name) => walk(join(folder, name)))
process.stdout.write(JSON.stringify(files.slice(0, Number(most))))
