// What npm would publish, installed as a user would install it: away from this repository, from the packed
// files alone, without the condition that makes our own imports reach the TypeScript sources.

import { exec } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, posix, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

interface Manifest {
  readonly name: string
  readonly version: string
  readonly private?: boolean
  readonly exports?: Readonly<Record<string, unknown>>
  readonly bin?: Readonly<Record<string, string>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}

interface Tarball {
  readonly name: string
  readonly filename: string
  readonly files: readonly { readonly path: string }[]
}

const root = resolve(import.meta.dirname, '../..')
const readManifest = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest

const publishable = globSync('{packages,apps}/*/package.json', { cwd: root })
  .map((path) => ({ folder: join(root, dirname(path)), manifest: readManifest(join(root, dirname(path))) }))
  .filter(({ manifest }) => !manifest.private)
const own = new Map(publishable.map(({ folder, manifest }) => [manifest.name, folder]))

/** Every specifier that a user may import, over all packages. */
const entries = publishable.flatMap(({ manifest }) =>
  Object.keys(manifest.exports ?? {})
    .filter((path) => !path.endsWith('.json'))
    .map((path) => posix.join(manifest.name, path)),
)

let home: string
let tarballs: ReadonlyMap<string, Tarball>

const run = async (command: string, cwd = home): Promise<string> => {
  // Our own test run must not leak the condition, or a CI's colours, into the user's shell.
  const { NODE_OPTIONS: _options, FORCE_COLOR: _colour, ...env } = process.env
  const { stdout } = await promisify(exec)(command, { cwd, env, maxBuffer: 2 ** 26 })
  return stdout.trim()
}

/** Where `name` is installed as seen from `folder`, the way Node looks for it. */
const locate = (name: string, folder: string): string => {
  for (let at = folder; ; at = dirname(at)) {
    const candidate = join(at, 'node_modules', name)
    if (existsSync(candidate)) return candidate
    if (at === dirname(at)) throw new Error(`"${name}", a dependency of ${folder}, is not installed.`)
  }
}

/** The third-party packages that ours need, from this repository's own installation: no network is used. */
const thirdParty = (): Map<string, string> => {
  const found = new Map<string, string>()
  const visit = (folder: string): void => {
    for (const name of Object.keys(readManifest(folder).dependencies ?? {})) {
      if (own.has(name) || found.has(name)) continue
      found.set(name, locate(name, folder))
      visit(locate(name, folder))
    }
  }
  for (const folder of own.values()) visit(folder)
  found.set('@types/node', locate('@types/node', root))
  visit(locate('@types/node', root))
  return found
}

beforeAll(async () => {
  home = await realpath(await mkdtemp(join(tmpdir(), 'kilostep-pack-')))
  const workspaces = [...own.keys()].map((name) => `-w ${name}`).join(' ')
  const packed = JSON.parse(
    await run(
      `npm pack --json --ignore-scripts --pack-destination ${JSON.stringify(home)} ${workspaces}`,
      root,
    ),
  ) as readonly Tarball[] | Readonly<Record<string, Tarball>>
  tarballs = new Map(Object.values(packed).map((tarball) => [tarball.name, tarball]))
  const dependencies = Object.fromEntries([
    ...[...thirdParty()].map(([name, folder]) => [name, `file:${folder}`]),
    ...[...tarballs.values()].map(({ name, filename }) => [name, `file:${filename}`]),
  ])
  await writeFile(join(home, 'package.json'), JSON.stringify({ type: 'module', private: true, dependencies }))
  await run('npm install --offline --ignore-scripts --install-links --no-audit --no-fund')
  // What a user brings along has dozens of dependencies of its own, among them binaries: it stays where it is.
  for (const name of publishable.flatMap(({ manifest }) => Object.keys(manifest.peerDependencies ?? {}))) {
    await mkdir(dirname(join(home, 'node_modules', name)), { recursive: true })
    await symlink(locate(name, root), join(home, 'node_modules', name), 'junction')
  }
}, 120_000)

afterAll(async () => {
  await rm(home, { recursive: true, force: true, maxRetries: 3 })
})

describe.each(publishable)('$manifest.name', ({ manifest, folder }) => {
  const files = (): readonly string[] => tarballs.get(manifest.name)?.files.map(({ path }) => path) ?? []
  const installed = (path: string): string => join(home, 'node_modules', manifest.name, path)

  test('ships what was built, its sources and its licence, and no tests', () => {
    expect(files()).toContain('LICENSE')
    expect(
      files().filter((path) => path.startsWith('dist/')),
      'run `npm run build` first',
    ).not.toEqual([])
    expect(files().filter((path) => /\.(test|test-d|bench)\.|tsbuildinfo|fixtures\//.test(path))).toEqual([])
  })

  test('has types and a source map for every module, each from a source that is shipped too', async () => {
    for (const path of files().filter((file) => file.endsWith('.js'))) {
      expect(files()).toContain(path.replace(/\.js$/, '.d.ts'))
      for (const map of [`${path}.map`, path.replace(/\.js$/, '.d.ts.map')]) {
        const { sources } = JSON.parse(await readFile(installed(map), 'utf8')) as {
          sources: readonly string[]
        }
        const shipped = sources.map((source) => posix.join(posix.dirname(map), source))
        expect(files(), `${map} is left from a source that is gone: delete dist`).toEqual(
          expect.arrayContaining(shipped),
        )
      }
    }
  })

  test('depends on the versions of its neighbours that stand in this repository', () => {
    for (const [name, range] of Object.entries(manifest.dependencies ?? {})) {
      const neighbour = own.get(name)
      if (neighbour) expect(`${name}@${range}`).toBe(`${name}@^${readManifest(neighbour).version}`)
    }
    expect(readManifest(folder).version).toBe(readManifest(installed('.')).version)
  })

  test.each(Object.keys(manifest.bin ?? {}))('installs the command %s', async (command) => {
    expect(await run(`npm exec --no -- ${command} --version`)).toContain(manifest.version)
  })
})

test.each(entries)('%s can be imported by Node, from what was built', async (entry) => {
  const script = `await import('${entry}'); console.log(import.meta.resolve('${entry}'))`
  expect(await run(`node --input-type=module --eval "${script}"`)).toMatch(/\/dist\/[^?]*\.js$/)
})

test.each(['nodenext', 'bundler'])('the types of every entry compile under %s', async (resolution) => {
  const name = `types-${resolution}`
  const lines = entries.map((entry, index) => `export * as entry${index} from '${entry}'`)
  await writeFile(join(home, `${name}.ts`), lines.join('\n'))
  const options = {
    strict: true,
    noEmit: true,
    skipLibCheck: false,
    target: 'es2024',
    module: resolution === 'bundler' ? 'esnext' : resolution,
    moduleResolution: resolution,
    types: ['node'],
  }
  await writeFile(
    join(home, `${name}.json`),
    JSON.stringify({ compilerOptions: options, files: [`${name}.ts`] }),
  )
  const compiler = join(root, 'node_modules/typescript/bin/tsc')
  // tsc writes what is wrong to its standard output, which belongs into the message of a failure.
  const wrong = await run(`node ${JSON.stringify(compiler)} -p ${name}.json`).catch(
    (error: { stdout?: string }) => error.stdout || String(error),
  )
  expect(wrong).toBe('')
})
